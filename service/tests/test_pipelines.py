"""The pipelines take what they name, may do little, and let nothing out."""

import datetime as dt
import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yaml"))
_PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
_MAY_WRITE = {
    ("release", "image"): {"packages"},
    ("release", "sign"): {"packages", "id-token"},
    ("release", "publish"): {"contents"},
    ("update", "propose"): {"contents", "pull-requests", "actions"},
}
_LONGEST = dt.timedelta(days=90)
_TODAY = dt.datetime.now(tz=dt.UTC).date()


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def _read(path: Path) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true
    return {"on" if key is True else key: value for key, value in yaml.safe_load(path.read_text()).items()}


def test_every_action_is_pinned(path: Path) -> None:
    """Each `uses` is a digest with the version beside it."""
    used = re.findall(r"uses: .*", path.read_text())
    assert [line for line in used if not _PINNED.fullmatch(line)] == []


def test_one_action_has_one_digest() -> None:
    """All workflows take the same digest of an action."""
    used = re.findall(r"uses: (\S+)@(\S+)", "".join(each.read_text() for each in WORKFLOWS))
    assert len({action for action, _ in used}) == len(set(used))


def test_a_workflow_may_only_read(path: Path) -> None:
    """What a workflow may do by itself is to read the code."""
    assert _read(path)["permissions"] == {"contents": "read"}


def test_a_job_writes_only_what_is_listed_here(path: Path) -> None:
    """Rights to write are those of this file's list, each of one job."""
    for name, job in _read(path)["jobs"].items():
        rights = job.get("permissions", {}).items()
        assert {what for what, right in rights if right != "read"} == _MAY_WRITE.get((path.stem, name), set()), name


def test_every_job_ends(path: Path) -> None:
    """Each job has a bound in time."""
    assert all(0 < job["timeout-minutes"] <= 90 for job in _read(path)["jobs"].values())


def test_tasks_exist(path: Path) -> None:
    """Each `./task NAME` is one of Taskfile.yml."""
    known = set(yaml.safe_load((ROOT / "Taskfile.yml").read_text())["tasks"])
    assert set(re.findall(r"\./task ([a-z][a-z0-9-]*)", path.read_text())) <= known


def test_pull_requests_reach_no_secret(path: Path) -> None:
    """A workflow that a pull request starts names no secret and no token, and none runs with the target's rights."""
    text, started = path.read_text(), _read(path)["on"]
    assert "pull_request_target" not in started
    assert "workflow_run" not in started
    assert "pull_request" not in started or not re.search(r"secrets\b|github\.token|id-token", text)


def test_scripts_take_no_expression(path: Path) -> None:
    """What is known only when a job runs reaches a script by its environment, never by its text."""
    steps = [step for job in _read(path)["jobs"].values() for step in job["steps"]]
    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []


def test_needs_name_jobs(path: Path) -> None:
    """What a job waits for is a job of the same workflow."""
    jobs = _read(path)["jobs"]
    needed = [job["needs"] for job in jobs.values() if "needs" in job]
    assert {each for names in needed for each in ([names] if isinstance(names, str) else names)} <= set(jobs)


def test_nothing_is_signed_that_was_not_scanned() -> None:
    """The signature waits for the scan, and the scan for the tests."""
    jobs = _read(ROOT / ".github/workflows/release.yaml")["jobs"]
    assert "scan" in jobs["sign"]["needs"]
    assert (jobs["scan"]["needs"], jobs["image"]["needs"], jobs["publish"]["needs"]) == ("image", "test", "sign")


def test_what_is_built_is_scanned_and_signed() -> None:
    """Each image has a recipe, and none is built that the scan or the signature leaves out."""
    jobs = _read(ROOT / ".github/workflows/release.yaml")["jobs"]
    built, signed = jobs["image"]["strategy"]["matrix"], jobs["sign"]["strategy"]["matrix"]["include"]
    assert [each for each in built["include"] if "part" in each] == signed
    assert built["part"] == [each["part"] for each in signed]
    (scan,) = (step["env"] for step in jobs["scan"]["steps"] if "env" in step)
    for part in built["part"]:
        assert (ROOT / part / "Dockerfile").exists()
        names = {f"{part}-{architecture}" for architecture in built["architecture"]}
        assert names <= set(jobs["image"]["outputs"])
        assert all(f"needs.image.outputs.{name} " in scan[part.upper()] for name in names)


def complaints(exceptions: list[dict[str, Any]], today: dt.date) -> list[str]:
    """What is wrong with the scan's exceptions: no reason, no end, an end that is past or too far."""
    found = []
    for each in exceptions:
        end = each.get("expired_at")
        if not str(each.get("id") or "").strip() or len(str(each.get("statement") or "").strip()) < 10:
            found.append(f"{each.get('id')}: without a reason")
        if not isinstance(end, dt.date) or not today < end <= today + _LONGEST:
            found.append(f"{each.get('id')}: ends on {end}")
    return found


def test_exceptions_of_the_scan_have_a_reason_and_an_end() -> None:
    """No exception without a reason, for ever, or out of date is in the file."""
    exceptions = yaml.safe_load((ROOT / ".github/scan-exceptions.yaml").read_text())["vulnerabilities"]
    assert complaints(exceptions, _TODAY) == []


@pytest.mark.parametrize(
    "change",
    [
        {"statement": ""},
        {"statement": None},
        {"expired_at": None},
        {"expired_at": _TODAY},
        {"expired_at": "2999-01-01"},
    ],
    ids=["empty", "none", "endless", "past", "text"],
)
def test_a_bad_exception_is_seen(change: dict[str, Any]) -> None:
    """A good exception passes, and no longer with one field wrong."""
    good = {"id": "CVE-1", "statement": "not reached by us", "expired_at": _TODAY + _LONGEST}
    assert complaints([good], _TODAY) == []
    assert len(complaints([good | change], _TODAY)) == 1


def _release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release_notes", ROOT / ".github/release.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PACKAGE = '"""Text."""\n\n__version__ = "1.2.0"\n'
CHANGES = "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-01-01\n\n- New\n\n## [1.1.0] - 2025-01-01\n\n- Old\n"


def test_notes_are_the_changelog_s_section() -> None:
    """A release's notes are what the changelog says of its version, and nothing of others."""
    assert _release().notes("v1.2.0", PACKAGE, CHANGES) == "- New\n"


@pytest.mark.parametrize(
    ("tag", "changes"),
    [("v1.1.0", CHANGES), ("1.2.0", CHANGES), ("v1.2.0", CHANGES.replace("- New", "")), ("v1.2.0", "# Changelog\n")],
    ids=["other-version", "no-v", "empty", "no-heading"],
)
def test_a_release_that_disagrees_ends(tag: str, changes: str) -> None:
    """Tag, package and changelog have to agree."""
    with pytest.raises(SystemExit, match=r"tag|CHANGELOG"):
        _release().notes(tag, PACKAGE, changes)


def test_the_version_of_today_has_its_section() -> None:
    """The package's version stands in the changelog."""
    package = (ROOT / "service/gleaner/__init__.py").read_text()
    release = _release()
    assert release.notes(f"v{release.version(package)}", package, (ROOT / "CHANGELOG.md").read_text())
