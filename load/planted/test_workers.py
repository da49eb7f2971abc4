"""Trials whose requests several processes make: all of them are judged, and what is not known is no pass."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from planted.stub import Fault, Tally, stub
from planted.test_planted import INVALID, LONGER, PASSED, PYTHON, ROOT, Said, command, tried

REFUSED = 2


@pytest.fixture
def master() -> str:
    """An address of this machine at which nobody listens yet."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{held.getsockname()[1]}"


@contextmanager
def started(arguments: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A process of a trial; it has ended when the block is left."""
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_two_workers(tmp_path: Path) -> None:
    """Each request that the target answered is among those that are judged, whichever process made it."""
    tally = Tally()
    with stub(Fault(), tally=tally) as address:
        said = tried(tmp_path, address, "--workers", "2")
    assert said.code == PASSED, said.shown
    assert said.how["workers"] == 2
    assert "the busiest of 2 workers" in said.shown
    assert said.made == tally.number > 50


def test_most_requests_of_all_workers(tmp_path: Path) -> None:
    """The most that a target allows is the most of all processes together."""
    tally = Tally()
    with stub(Fault(), tally=tally) as address:
        said = tried(tmp_path, address, "--workers", "2", *LONGER, most_requests=60)
    assert said.code == INVALID, said.shown
    assert any("the most that the target allows" in reason for reason in said.verdict["reasons"])
    assert 60 <= said.made == tally.number < 200


def test_a_worker_is_lost(tmp_path: Path, master: str) -> None:
    """Workers from elsewhere make the requests; when one of them is killed, nothing can be said, and it is named."""
    tally = Tally()
    with stub(Fault(), tally=tally) as address, ExitStack() as stack:
        order = command(tmp_path, address, *LONGER)
        judging = stack.enter_context(started([*order, "--expect-workers", "2", "--bind", master]))
        workers = [stack.enter_context(started([*order, "--worker", master])) for _ in range(2)]
        assert tally.reaches(40)
        workers[0].kill()
        shown, _ = judging.communicate(timeout=60)
        assert workers[1].wait(timeout=20) == 0
    said = Said(judging.returncode, tmp_path / "results", shown)
    assert said.code == INVALID, said.shown
    assert any(f"the worker {socket.gethostname()} was lost" in reason for reason in said.verdict["reasons"])


def test_a_worker_comes_late(tmp_path: Path, master: str) -> None:
    """One that nobody waited for does not make requests beside those that are judged: the trial ends."""
    tally = Tally()
    with stub(Fault(), tally=tally) as address, ExitStack() as stack:
        order = command(tmp_path, address, *LONGER)
        judging = stack.enter_context(started([*order, "--expect-workers", "1", "--bind", master]))
        stack.enter_context(started([*order, "--worker", master]))
        assert tally.reaches(20)
        stack.enter_context(started([*order, "--worker", master]))
        shown, _ = judging.communicate(timeout=60)
    said = Said(judging.returncode, tmp_path / "results", shown)
    assert said.code == INVALID, said.shown
    assert any("came when the trial had begun" in reason for reason in said.verdict["reasons"])


def test_a_worker_whose_master_is_lost(tmp_path: Path, master: str) -> None:
    """It stops by itself: what nobody watches is not loaded."""
    tally = Tally()
    with stub(Fault(), tally=tally) as address, ExitStack() as stack:
        order = command(tmp_path, address, *LONGER)
        judging = stack.enter_context(started([*order, "--expect-workers", "1", "--bind", master]))
        worker = stack.enter_context(started([*order, "--worker", master]))
        assert tally.reaches(40)
        judging.kill()
        shown, _ = worker.communicate(timeout=30)
    assert worker.returncode == REFUSED
    assert "is gone" in shown


def test_a_worker_of_another_target(tmp_path: Path, master: str) -> None:
    """Processes that do not load the same do not begin."""
    tally = Tally()
    (other := tmp_path / "other").mkdir()
    with stub(Fault(), tally=tally) as address, ExitStack() as stack:
        order = command(tmp_path, address)
        judging = stack.enter_context(started([*order, "--expect-workers", "1", "--bind", master]))
        elsewhere = address.replace("localhost", "127.0.0.1")
        stack.enter_context(started([*command(other, elsewhere), "--worker", master]))
        shown, _ = judging.communicate(timeout=30)
    assert judging.returncode == REFUSED
    assert f"loads planted at {elsewhere} as client" in " ".join(shown.split())
    assert tally.number == 0


def test_a_master_says_no_address() -> None:
    """A worker sends its password where its own list says, whatever address Locust's master gives its users."""
    script = """
from gevent import monkey; monkey.patch_all()
from locust.env import Environment
from trial.account import Account
from trial.generator import kinds
from trial.targets import Limits, Target
target = Target(address="http://right.localhost", most_seconds=1, most_requests=1, rate=1, users={"reader": 1},
                secrets="", source="x", limits={"every": Limits()})
kind, = kinds(target, Account())
kind.host = "http://wrong.localhost"  # as Locust does with what a master tells
print(kind(Environment()).client.base_url)
"""
    done = subprocess.run([PYTHON, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "http://right.localhost"
