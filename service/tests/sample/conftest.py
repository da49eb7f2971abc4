"""The sample API with a clock that the test moves."""

import pytest
from flask.testing import FlaskClient

from gleaner.sample.api import TOKEN, create_sample_api

NOW = 1_750_000_000


class Clock:
    """Stands still until it is moved; each request may move it, so that no rate limit is met."""

    def __init__(self) -> None:
        self.time = float(NOW)

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(clock: Clock) -> FlaskClient:
    """A client with the token, of an API without outages and with a high rate limit."""
    client = create_sample_api(clock=clock, fail_every=0, most_a_second=10_000).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    return client
