"""The image: what it holds, how it is started, and how it ends. No cluster is needed for it."""

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from harness.images import build_image
from harness.places import ROOT
from harness.shell import run
from harness.waiting import wait_for

_MB = 1_000_000
_BASE = 125 * _MB  # python:3.13-slim as it is published for amd64; a lab's own base may be larger
_BUDGET = 350 * _MB - _BASE  # what is left for us, on whatever base
_CATALOG = "sources: {one: {url: https://example.com}}"
_WORK = ["python", "-m", "gleaner", "work"]
_TREE = """
import hashlib, os, sys
total = hashlib.sha256()
for folder, folders, files in os.walk("/opt/gleaner"):
    folders.sort()
    for name in sorted(files):
        path = os.path.join(folder, name)
        said = os.lstat(path)
        total.update(f"{path} {said.st_mode} {said.st_mtime_ns}".encode())
        total.update(os.readlink(path).encode() if os.path.islink(path) else open(path, "rb").read())
print(total.hexdigest())
"""
_BYTECODE = """
import importlib.util, pathlib, sysconfig
for root in (sysconfig.get_path("purelib"), pathlib.Path(sysconfig.get_path("stdlib")) / "json"):
    for source in pathlib.Path(root).rglob("*.py"):
        made = pathlib.Path(importlib.util.cache_from_source(source))
        if not made.exists():
            print(source, "has none")
        elif made.read_bytes()[4] != 1:
            print(source, "is compared with its source at each start")
"""
_TOOLS = """
import importlib.util, shutil
print([each for each in ("cc", "gcc", "g++", "make", "pip", "pip3", "uv") if shutil.which(each)])
print(importlib.util.find_spec("pip"), importlib.util.find_spec("ensurepip"))
"""


@pytest.fixture(scope="module")
def image() -> str:
    return build_image()


@pytest.fixture(scope="module")
def about(image: str) -> dict[str, Any]:
    """What docker knows of it."""
    found: list[dict[str, Any]] = json.loads(run("docker", "image", "inspect", image))
    return found[0]


def _python(image: str, program: str) -> str:
    return run("docker", "run", "--rm", "--read-only", "--network=none", "--entrypoint=python", image, "-c", program)


def test_our_layers_keep_their_budget(image: str) -> None:
    """With the published base, the whole image is under 350 MB; ours is what is added to the base that was used."""
    base = os.environ.get("BASE_IMAGE") or "python:3.13-slim"
    sizes = [int(run("docker", "image", "inspect", "--format", "{{.Size}}", each)) for each in (image, base)]
    ours = sizes[0] - sizes[1]
    assert 50 * _MB < ours < _BUDGET, f"{ours / _MB:.0f} MB on top of {base}"


def test_it_starts_without_a_shell_as_a_number(about: dict[str, Any]) -> None:
    """Entry point and arguments are lists, the user is 10001, and nothing declares a volume."""
    settings = about["Config"]
    assert settings["Entrypoint"] == ["python", "-m", "gleaner"]
    assert settings["Cmd"] == ["serve"]
    assert settings["User"] == "10001:10001"
    assert not settings.get("Volumes")


def test_it_says_what_it_is(about: dict[str, Any]) -> None:
    """The labels of the Open Container Initiative, with what the build was told."""
    prefix = "org.opencontainers.image."
    labels = {key.removeprefix(prefix) for key in about["Config"]["Labels"] if key.startswith(prefix)}
    assert {"title", "description", "licenses", "version", "revision", "created", "source"} <= labels


def test_nothing_of_the_index_is_left(image: str, about: dict[str, Any]) -> None:
    """Neither history nor environment tells where packages came from, and there is no configuration of it."""
    history = run("docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", image)
    index = os.environ.get("PIP_INDEX_URL") or "index-url"
    assert "INDEX" not in history
    assert index not in history + json.dumps(about["Config"])
    known = '("/etc/pip.conf", "/tmp/pip.conf", "/opt/gleaner/pip.conf")'
    assert _python(image, f"import os; print([each for each in {known} if os.path.exists(each)])").strip() == "[]"


def test_there_is_no_compiler_and_no_installer(image: str) -> None:
    """Nothing that builds or fetches programs, for whoever gets in."""
    assert _python(image, _TOOLS).split("\n")[:2] == ["[]", "None None"]


def test_bytecode_is_there_and_is_believed(image: str) -> None:
    """Each module was compiled at the build, so a read-only root costs no start any time."""
    assert _python(image, _BYTECODE) == ""


def test_the_same_build_gives_the_same_files(image: str) -> None:
    """Content, modes and times: a build from nothing is the one from the cache."""
    given = [f"--build-arg={name}" for name in ("BASE_IMAGE", "PIP_INDEX_URL") if os.environ.get(name)]
    again = "gleaner:e2e-again"
    command = ["docker", "build", "--quiet", "--no-cache", "--tag", again, *given]
    run(*command, "--file", str(ROOT / "service/Dockerfile"), str(ROOT), timeout=900)
    try:
        assert _python(again, _TREE) == _python(image, _TREE)
    finally:
        run("docker", "image", "rm", again)


@pytest.fixture
def working(image: str) -> Iterator[str]:
    """A container that works with a read-only root; its id."""
    settings = (
        "GLEANER_STORE=sqlite:/tmp/gleaner.db",
        "GLEANER_CATALOG=/tmp/catalog.yaml",
        "GLEANER_SHELF=/tmp/reports",
    )
    environment = [f"--env={each}" for each in settings]
    start = f"import os; open('/tmp/catalog.yaml', 'w').write({_CATALOG!r}); os.execvp('python', {_WORK!r})"
    command = ["docker", "run", "--detach", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--network=none"]
    container = run(*command, *environment, "--entrypoint=python", image, "-c", start).strip()
    yield container
    run("docker", "rm", "--force", container)


def test_the_first_process_heeds_sigterm(working: str) -> None:
    """It works with a read-only root and no capability, and ends by itself when it is told to."""
    wait_for("the container to say that it works", lambda: "gleaner work:" in _said(working))
    run("docker", "stop", "-t", "60", working)
    state = json.loads(run("docker", "inspect", "--format", "{{json .State}}", working))
    assert state["ExitCode"] == 0, _said(working)


def _said(container: str) -> str:
    done = subprocess.run(["docker", "logs", container], capture_output=True, text=True, check=True)
    return done.stdout + done.stderr
