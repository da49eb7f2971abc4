"""Each test is run on every rendered shape; what is rendered once is kept for the session."""

import pytest

from rendered.kustomize import APPLICATION, SHAPES, Object, render


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest) -> str:
    """The name of an overlay, of a combination of components, or of the platform."""
    return str(request.param)


@pytest.fixture
def objects(shape: str) -> tuple[Object, ...]:
    return render(shape)


@pytest.fixture(params=APPLICATION)
def application(request: pytest.FixtureRequest) -> str:
    """As `shape`, without the platform: what is in `app-namespace`."""
    return str(request.param)


@pytest.fixture
def ours(application: str) -> tuple[Object, ...]:
    return render(application)
