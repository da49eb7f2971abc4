"""What was measured holds the model, and docs/scale.md says what the model says."""

import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from model import __main__ as command
from model.answers import RATES, answer, curve, pods, shards_by_rate, shards_by_records
from model.measured import Measured, Service, read
from model.validating import Compared, compare, misses, shown

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
EXPLAINED = {  # what is further off, and docs/scale.md says why
    "86 requests/s: mongod, share of a core",
    "170 requests/s: mongod, share of a core",
}


@pytest.fixture(scope="module")
def measured() -> Measured:
    return read()


@pytest.fixture(scope="module")
def compared(measured: Measured) -> list[Compared]:
    return compare(measured)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["model", *arguments])
    command.main()


def slower(measured: Measured, times: float) -> Measured:
    """All requests take the web so much longer than was measured."""

    def longer(services: Mapping[str, Service]) -> Mapping[str, Service]:
        return {name: msgspec.structs.replace(each, web=each.web * times) for name, each in services.items()}

    services, rested = longer(measured.services), longer(measured.rested)
    return msgspec.structs.replace(measured, services=services, rested=rested)


def test_what_was_measured_holds_the_model(compared: list[Compared]) -> None:
    """Throughput, mean, 95th percentile and CPU are within 15 % at both loads, but for what the page explains."""
    assert len(compared) == 10
    assert {f"{each.offered:g} requests/s: {each.name}" for each in compared if not each.fine} == EXPLAINED


def test_a_wrong_service_time_is_noticed(measured: Measured) -> None:
    """A fifth more of the web's time is named as such."""
    assert any("web, share of a core" in each for each in misses(compare(slower(measured, 1.2))))


def test_what_is_off_ends_the_command(measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the figure and its load in the message."""
    file = tmp_path / "measured.json"
    file.write_bytes(msgspec.json.encode(slower(measured, 1.3)))
    with pytest.raises(SystemExit, match=r"more than 15% off: .*web, share of a core at \d+ requests/s"):
        run(monkeypatch, "validate", "--from", str(file))


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"{", "truncated"), (b"{}", "missing required field"), (b'{"command": 1}', "Expected `str`")],
    ids=["no JSON", "nothing in it", "wrong type"],
)
def test_a_broken_file_is_one_message(
    content: bytes, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the file and what is wrong in it."""
    file = tmp_path / "measured.json"
    file.write_bytes(content)
    with pytest.raises(SystemExit, match=f"measured.json: .*{reason}"):
        run(monkeypatch, "answer", "--from", str(file))


def test_no_file_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the file."""
    with pytest.raises(SystemExit, match=r"nothing\.json"):
        run(monkeypatch, "validate", "--from", str(tmp_path / "nothing.json"))


def test_the_page_says_what_the_model_says(measured: Measured, compared: list[Compared]) -> None:
    """Whoever measures anew writes the page anew."""
    page = PAGE.read_text(encoding="utf-8").splitlines()
    printed = f"{shown(compared)}\n{answer(measured)}".splitlines()
    assert [line for line in printed if line not in page] == []


def test_more_of_everything_needs_no_less(measured: Measured) -> None:
    """Pods and shards grow with the rate, shards with the records."""
    assert [pods(measured, rate) for rate in RATES] == sorted(pods(measured, rate) for rate in RATES)
    assert shards_by_rate(measured, 1e5) <= shards_by_rate(measured, 1e6)
    assert shards_by_records(measured, 1e8) <= shards_by_records(measured, 1e9)


def test_pods_add_up(measured: Measured) -> None:
    """Four of them give nearly four times what one does, and no more."""
    found = curve(measured)
    first, *_, last = found["requests_per_second"]
    assert found["pods"] == [1, 2, 3, 4]
    assert 3.4 * first <= last <= 4.2 * first
