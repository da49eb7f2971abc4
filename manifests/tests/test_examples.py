"""What the components' READMEs tell an overlay to say can be said, and comes to what they promise."""

import re

import pytest
import yaml

from rendered.kustomize import MANIFESTS, Object, render_overlay
from rendered.objects import of_kind

_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _examples() -> dict[str, Object]:
    """README and number of the example -> the kustomization, for each that chooses components."""
    found = {}
    for file in sorted((MANIFESTS / "components").rglob("README.md")):
        for number, text in enumerate(_BLOCK.findall(file.read_text()), 1):
            found[f"{file.parent.relative_to(MANIFESTS)}-{number}"] = yaml.safe_load(text)
    return {name: each for name, each in found.items() if "components" in each}


EXAMPLES = _examples()


def _rendered(name: str) -> tuple[Object, ...]:
    """Over the base; resources are the reader's own."""
    return render_overlay(name, {key: value for key, value in EXAMPLES[name].items() if key != "resources"})


def _settings(objects: tuple[Object, ...], name: str) -> dict[str, str]:
    (found,) = (each for each in of_kind(objects, "ConfigMap") if each["metadata"]["name"].startswith(f"{name}-"))
    return dict(found["data"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_kustomize_takes_every_example(name: str) -> None:
    """As it stands in the README, in a new overlay."""
    assert len(_rendered(name)) > 10


def test_an_overlay_says_which_bucket() -> None:
    """What the example sets counts, and what it leaves out stays."""
    found = _settings(_rendered("components/export-s3-1"), "export-s3")
    assert found["EXPORT_TO"] == "s3://my-bucket/gleaner"
    assert found["GLEANER_S3_ENDPOINT"] == "https://s3.example.com"
    assert found["GLEANER_S3_CREDENTIALS"] == "/run/s3-credentials"


def test_an_overlay_says_who_opens_exports() -> None:
    """The example's recipients take the place of the file that has none."""
    found = _settings(_rendered("components/export/encrypted-1"), "export-recipients")
    lines = [line for line in found["recipients"].splitlines() if not line.startswith("#")]
    assert lines == ["age1…", "age1…"]
