import json

import pytest
import structlog

from gleaner.telemetry.logs import start_logging, stop_logging
from gleaner.telemetry.redact import protect


def test_it_works(capsys: pytest.CaptureFixture[str]) -> None:
    """An event is one JSON object on standard error."""
    start_logging("info")
    structlog.get_logger("x").info("run.started", run="r1")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["run"], line["level"]) == ("run.started", "r1", "info")


def test_levels_below_are_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """What is less important than the level is not written."""
    start_logging("error")
    structlog.get_logger("x").info("run.started")
    assert capsys.readouterr().err == ""


def test_secrets_are_masked(capsys: pytest.CaptureFixture[str]) -> None:
    """A protected value is in no line, whichever field holds it."""
    protect("secret-of-the-logs-91")
    start_logging("info")
    structlog.get_logger("x").info("asked", url="https://example.org/?key=secret-of-the-logs-91")
    assert "secret-of-the-logs-91" not in capsys.readouterr().err


def test_programs_read_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """A command that prints nothing else logs there, and leaves standard error to people."""
    start_logging("info", stdout=True)
    structlog.get_logger("x").info("run.started", run="r1")
    stop_logging()
    written = capsys.readouterr()
    assert json.loads(written.out)["run"] == "r1"
    assert written.err == ""


@pytest.mark.parametrize(
    "odd", ["\ud800", 2**70, float("nan"), {1, 2}, object(), {3: "x"}], ids=lambda odd: type(odd).__name__
)
def test_no_line_is_lost(odd: object, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever an event holds, it is one line of JSON."""
    start_logging("info")
    structlog.get_logger().info("odd", value=odd)
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "odd"


def test_a_traceback_shows_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    """An exception is told with its frames, and without what their variables hold."""

    def log_in(password: str) -> None:
        raise RuntimeError(f"no luck with {len(password)} characters")

    start_logging("info")
    try:
        log_in("correct horse")
    except RuntimeError:
        structlog.get_logger().exception("failed")
    text = capsys.readouterr().err
    assert "log_in" in text
    assert "correct horse" not in text
