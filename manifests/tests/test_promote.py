"""`./task promote` names an image in one file, or says in one line why not."""

import re
import shutil
from pathlib import Path

import pytest

import promote
from rendered.kustomize import MANIFESTS

NEW, OTHER, NOTHING = (f"sha256:{digit * 64}" for digit in ("a", "b", "0"))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The overlays, with no image released yet."""
    shutil.copytree(MANIFESTS / "overlays", tmp_path / "manifests/overlays", ignore=shutil.ignore_patterns("files"))
    for name in ("staging", "production"):
        file = _file(tmp_path, name)
        file.write_text(re.sub(r"sha256:[0-9a-f]{64}", NOTHING, file.read_text()))
    return tmp_path


def _file(repository: Path, environment: str) -> Path:
    return repository / f"manifests/overlays/{environment}/digest/kustomization.yaml"


def _run(repository: Path, *arguments: str) -> int:
    return int(promote.main(["--repository", str(repository), *arguments]))


def _texts(repository: Path) -> dict[Path, str]:
    return {file: file.read_text() for file in repository.rglob("*") if file.is_file()}


def test_a_digest_is_named(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file's one line is another, no other file is, and what to commit is printed."""
    before = _texts(repository)
    assert _run(repository, "staging", NEW) == 0
    file = _file(repository, "staging")
    assert _texts(repository) == before | {file: before[file].replace(NOTHING, NEW)}
    said = capsys.readouterr().out
    assert f"{NOTHING} -> {NEW}" in said
    assert f"-- {file.relative_to(repository)}" in said
    assert "./task diff -- HEAD --only overlays/staging" in said


def test_what_staging_ran_goes_on(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--from and --to copy the digest, and leave the first as it is."""
    _run(repository, "staging", NEW)
    assert _run(repository, "--from", "staging", "--to", "production") == 0
    assert [_file(repository, name).read_text().count(NEW) for name in ("staging", "production")] == [1, 1]
    assert f"-> {NEW}" in capsys.readouterr().out


def test_the_way_back_is_the_same(repository: Path) -> None:
    """A digest of before is named as any other."""
    for digest in (NEW, OTHER, NEW):
        assert _run(repository, "staging", digest) == 0
    assert NEW in _file(repository, "staging").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("staging", "0.1.0"), "0.1.0 is no digest"),
        (("staging", "sha256:abc"), "sha256:abc is no digest"),
        (("staging", NEW.upper()), "is no digest"),
        (("staging", f"gleaner@{NEW}"), "is no digest"),
        (("staging", f"{NEW}\n"), "is no digest"),
        (("staging", NOTHING), "names no image yet"),
        (("kind", NEW), "kind is none of production, staging"),
        (("../kind", NEW), "is none of production, staging"),
        (("--from", "staging", "--to", "production"), "staging names no image yet"),
        (("--from", "staging"), "say ENVIRONMENT and DIGEST, or"),
        (("staging",), "say ENVIRONMENT and DIGEST, or"),
        (("staging", NEW, "--from", "staging", "--to", "production"), "say ENVIRONMENT and DIGEST, or"),
        ((), "say ENVIRONMENT and DIGEST, or"),
    ],
    ids=range(13),
)
def test_what_cannot_be(
    repository: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    """One line says what is wrong, and no file has changed."""
    before = _texts(repository)
    assert _run(repository, *arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.startswith("promote: ")
    assert _texts(repository) == before


def test_what_runs_already(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same digest again is no promotion: there would be nothing to commit."""
    _run(repository, "staging", NEW)
    assert _run(repository, "staging", NEW) == 2
    assert "staging runs" in capsys.readouterr().err


def test_a_file_that_names_two(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which of them is meant nobody can tell."""
    with _file(repository, "staging").open("a") as file:
        file.write(f"  - name: other\n    digest: {OTHER}\n")
    assert _run(repository, "staging", NEW) == 2
    assert "has 2 digests" in capsys.readouterr().err
