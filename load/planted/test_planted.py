"""`./task load-planted`: trials as a whole, of targets with a known fault. The verdict is right, its reason named."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from localhost import certify
from planted.stub import Fault, stub

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-load/bin/python"  # the one that has Locust
PASSED, FAILED, INVALID = 0, 1, 3
OUTAGE = {"every": {"failures": 0.9, "recovery": 6}}
LONGER = ("--time-factor", "0.4")  # twelve seconds: a second or two of an outage, and then none


class Said:
    """What one trial came to."""

    def __init__(self, code: int, folder: Path, shown: str) -> None:
        self.code = code
        self.shown = shown
        file = next(iter(folder.glob("*.json")), None)
        result: dict[str, Any] = msgspec.json.decode(file.read_bytes()) if file else {}
        self.verdict: dict[str, Any] = result.get("verdict", {})
        self.made = sum(made for made, _ in result.get("timeline", []))
        self.failed = [failed for _, failed in result.get("timeline", [])]  # in each second
        self.how: dict[str, Any] = result.get("how", {})

    @property
    def broken(self) -> set[tuple[str, str]]:
        """(endpoint, limit) of each finding that does not hold."""
        return {(each["endpoint"], each["limit"]) for each in self.verdict["findings"] if not each["holds"]}


def tried(folder: Path, address: str, *options: str, **changed: Any) -> Said:
    """Six seconds of a client against the address; `changed` are keys of the target.

    The limit for p95 is far from what a healthy stub needs and from what a slow one takes, so that a busy machine says
    the same as an idle one.
    """
    done = subprocess.run(
        command(folder, address, *options, **changed), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    return Said(done.returncode, folder / "results", done.stdout + done.stderr)


def command(folder: Path, address: str, *options: str, **changed: Any) -> list[str]:
    """What a trial is started with; its list and account are in the folder."""
    target = {
        "address": address,
        "most_seconds": 60,
        "most_requests": 100_000,
        "rate": 80,
        "users": {"client": 1},
        "secrets": str(folder),
        "source": "planted",
        "limits": {"every": {"p95": 1500, "failures": 0.005, "least_rate": 20}},
        **changed,
    }
    (folder / "token").write_text("not-a-secret")
    (folder / "limits.yaml").write_bytes(msgspec.yaml.encode({"planted": target}))
    return [
        *(str(PYTHON), "-m", "trial", "--target", "planted", "--limits", str(folder / "limits.yaml")),
        *("--results", str(folder / "results"), "--time-factor", "0.2", *options),
    ]


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody listens: the port is held, and closed to all."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PEM file with the key in it."""
    files = certify(tmp_path_factory.mktemp("tls"))
    both = files.key.with_suffix(".pem")
    both.write_bytes(files.certificate.read_bytes() + files.key.read_bytes())
    return both


def test_healthy(tmp_path: Path) -> None:
    """A service that does well passes, also by what Prometheus tells of it."""
    with stub(Fault()) as address:
        said = tried(tmp_path, address, prometheus=address, memory={"start": 16, "hourly": 16})
    assert said.code == PASSED, said.shown
    assert not said.broken
    assert "memory growth" in said.shown


def test_a_log_in_is_lost(tmp_path: Path) -> None:
    """Whose log-in failed logs in before the next task: in the judged time, after the first seconds, nothing fails."""
    (tmp_path / "name").write_text("person")
    (tmp_path / "password").write_text("not-a-secret")
    with stub(Fault(log_ins_lost=2)) as address:
        said = tried(tmp_path, address, users={"reader": 1})
    assert said.code == PASSED, said.shown
    assert sum(said.failed) == 2


def test_private_authority(tmp_path: Path, certificate: Path) -> None:
    """Over HTTPS a target passes if its authority is the trial's `ca.crt`."""
    (tmp_path / "ca.crt").write_bytes(certificate.read_bytes().partition(b"-----BEGIN PRIVATE")[0])
    with stub(Fault(), certificate) as address:
        said = tried(tmp_path, address)
    assert said.code == PASSED, said.shown


def test_local_name(tmp_path: Path) -> None:
    """A name below `.localhost` is this machine, whatever its resolver says, and is asked for by that name."""
    with stub(Fault(only_host="gleaner.localhost")) as address:
        said = tried(tmp_path, address.replace("localhost", "gleaner.localhost"))
    assert said.code == PASSED, said.shown


def test_unknown_authority(tmp_path: Path, certificate: Path) -> None:
    """A target whose certificate nobody vouches for is not trusted, and no pass."""
    with stub(Fault(), certificate) as address:
        said = tried(tmp_path, address)
    assert said.code in {FAILED, INVALID}, said.shown
    assert any("requests failed" in reason for reason in said.verdict["reasons"])


def test_slow_endpoint(tmp_path: Path) -> None:
    """One slow endpoint fails by its own percentiles, and the others hold."""
    with stub(Fault(slow_records=2.5)) as address:
        said = tried(tmp_path, address)
    assert said.code == FAILED, said.shown
    assert ("API records", "p95") in said.broken
    assert "API sources" not in {endpoint for endpoint, _ in said.broken}


def test_errors(tmp_path: Path) -> None:
    """One answer in a hundred that is an error breaks the limit for failures, and nothing else."""
    with stub(Fault(one_error_in=100)) as address:
        said = tried(tmp_path, address, *LONGER)
    assert said.code == FAILED, said.shown
    assert {limit for _, limit in said.broken} == {"failures"}


def test_memory_near_its_limit(tmp_path: Path) -> None:
    """A service whose memory nears its limit fails by what Prometheus saw, however quickly it answers."""
    with stub(Fault(memory=0.95)) as address:
        said = tried(tmp_path, address, prometheus=address)
    assert said.code == FAILED, said.shown
    assert {limit for _, limit in said.broken} == {"memory of its limit"}


def test_memory_leak(tmp_path: Path) -> None:
    """A service that grows and grows fails by its growth, far as its limit may be, and the process is named."""
    with stub(Fault(leak=10)) as address:
        said = tried(tmp_path, address, prometheus=address, memory={"start": 16, "hourly": 16})
    assert said.code == FAILED, said.shown
    assert said.broken == {("server: web-1", "memory growth, MiB")}


def test_disturbed(tmp_path: Path) -> None:
    """An outage that is planned, and within its limits, neither ends the trial nor fails it."""
    with stub(Fault(outage=(40, 100))) as address:
        said = tried(tmp_path, address, *LONGER, "--disturbed", "primary", disturbed={"primary": OUTAGE})
    assert said.code == PASSED, said.shown
    assert said.failed[0] == said.failed[-1] == 0
    assert sum(said.failed) == 60


def test_outage_without_a_plan(tmp_path: Path) -> None:
    """The same outage ends a trial that has no word of it, and fails it."""
    with stub(Fault(outage=(40, 100))) as address:
        said = tried(tmp_path, address, *LONGER, disturbed={"primary": OUTAGE})
    assert said.code == FAILED, said.shown
    assert "failures" in {limit for _, limit in said.broken}
    assert any("requests failed" in reason for reason in said.verdict["reasons"])


def test_no_recovery(tmp_path: Path) -> None:
    """An outage that lasts longer than it may fails by its length, whatever share of requests it cost."""
    short = {"every": {"failures": 0.9, "recovery": 2}}
    with stub(Fault(one_error_in=20)) as address:
        said = tried(tmp_path, address, "--disturbed", "primary", disturbed={"primary": short})
    assert said.code == FAILED, said.shown
    assert said.broken == {("every", "recovery")}


def test_target_down(tmp_path: Path, nobody: str) -> None:
    """A target that does not answer is no pass, and the trial stops early and says why."""
    said = tried(tmp_path, nobody)
    assert said.code in {FAILED, INVALID}, said.shown
    assert any("requests failed" in reason for reason in said.verdict["reasons"])


def test_wrong_host(tmp_path: Path) -> None:
    """A service that does not know the name refuses each request, which is named by its status."""
    with stub(Fault(only_host="gleaner.example.com")) as address:
        said = tried(tmp_path, address)
    assert said.code in {FAILED, INVALID}, said.shown
    assert "status 421" in said.shown


def test_weak_generator(tmp_path: Path) -> None:
    """A generator that is asked for more than it can do says so instead of blaming the target."""
    with stub(Fault()) as address:
        said = tried(tmp_path, address, rate=20_000, limits={"every": {}})
    assert said.code == INVALID, said.shown
    reasons = said.verdict["reasons"]  # on a machine that others use, too, it is late before its core is full
    assert any("generator used" in reason or "rate of the shape was not reached" in reason for reason in reasons)
    assert any("`--workers`" in reason for reason in reasons)


def test_target_not_listed(tmp_path: Path) -> None:
    """A target that is not in the list is not touched."""
    (tmp_path / "limits.yaml").write_text("{}")
    command = [PYTHON, "-m", "trial", "--target", "planted", "--limits", str(tmp_path / "limits.yaml")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "no target 'planted'" in done.stderr
