"""The tests' tests: every object that is rendered is one that some property is held against."""

import importlib.util
from collections.abc import Iterable
from pathlib import Path

import pytest

from rendered.kustomize import GITOPS, SHAPES, render

FILES = sorted(file for file in Path(__file__).parent.glob("test_*.py") if file != Path(__file__))
# They look at every object, or at a command.
_GENERAL = {
    *("test_renders", "test_schema", "test_diff", "test_promote", "test_pictures", "test_examples"),
    *("test_adopting", "test_adopted_panels", "test_adopted_service"),
}
_THROUGH = {
    "workloads(": ("Deployment", "StatefulSet", "DaemonSet"),
    "claims(": ("PersistentVolumeClaim",),
    "applications(": ("Application",),
    "projects(": ("AppProject",),
}


def _kinds(file: Path) -> Iterable[str]:
    spec = importlib.util.spec_from_file_location(f"covered_{file.stem}", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return tuple(getattr(module, "KINDS", ()))


def test_every_object_is_covered() -> None:
    """Each kind stands in the KINDS of a property's file, and nothing stands there that no shape has."""
    rendered = {each["kind"] for shape in (*SHAPES, *GITOPS) for each in render(shape)}
    covered = {kind for file in FILES for kind in _kinds(file)}
    assert rendered - covered == set()
    assert covered - rendered == set()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_file_says_what_it_covers(file: Path) -> None:
    """A file without KINDS covers nothing."""
    assert file.stem in _GENERAL or _kinds(file)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_kind_is_looked_at(file: Path) -> None:
    """Each kind of KINDS is mentioned in the file's own tests, or is one that a function they call goes through."""
    text = file.read_text().partition("\n\n\n")[2]
    through = {kind for call, kinds in _THROUGH.items() if call in text for kind in kinds}
    assert [kind for kind in _kinds(file) if kind not in through and f'"{kind}"' not in text] == []
