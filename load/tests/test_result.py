"""Results: kept, compared, and told to people and to pipelines."""

from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest

from trial.judge import Circumstances, Finding, Verdict
from trial.report import as_html, as_junit, as_line, as_markdown, headline
from trial.result import Change, Result, Stage, changes, keep, last
from trial.samples import Figures

FIGURES = Figures(requests=100, failures=0, rate=10, p50=10, p95=50, p99=90, longest=95, spread=5)
RESULT = Result(
    target="staging",
    shape="ramp",
    began="2026-11-25T12:00:00+00:00",
    verdict=Verdict(
        "failed",
        [Finding("<b>", "p95", 10, 50, holds=False), Finding("overview", "p50", 20, 10, holds=True)],
        ["it was stopped & that's it"],
    ),
    how=Circumstances(planned=30, lasted=30, behind=5, busy=0.3, outages=[]),
    figures={"overview": FIGURES},
    together=FIGURES,
    errors=[("overview", "status 500", 3)],
    stages=[Stage(10, holds=True, figures={"overview": FIGURES}), Stage(12.5, holds=False, figures={})],
    knee=10,
    timeline=[],
)


def test_it_is_kept_and_found_again(tmp_path: Path) -> None:
    """As the last of its target and shape, and under its own time; nothing half-written stays."""
    keep(RESULT, tmp_path)
    assert last(RESULT, tmp_path) == RESULT
    assert len(list(tmp_path.glob("*.json"))) == 2
    assert not list(tmp_path.glob("*.partial"))


def test_a_handful_of_requests_is_kept_as_well(tmp_path: Path) -> None:
    """What is noise among them is not known, and no change is called real; but they can be read again."""
    few = msgspec.structs.replace(RESULT, figures={"overview": msgspec.structs.replace(FIGURES, spread=None)})
    keep(few, tmp_path)
    assert last(few, tmp_path) == few
    assert [change.real for change in changes(few, RESULT)] == [False]


def test_a_disturbed_trial_is_of_its_own_kind(tmp_path: Path) -> None:
    """It is compared with those that were disturbed in the same way, and says so."""
    disturbed = msgspec.structs.replace(RESULT, disturbed="primary", timeline=[(10, 0), (9, 3)])
    keep(RESULT, tmp_path)
    assert last(disturbed, tmp_path) is None
    keep(disturbed, tmp_path)
    assert last(disturbed, tmp_path) == disturbed
    assert headline(disturbed).startswith("staging, ramp, disturbed (primary): failed")
    assert ET.fromstring(as_junit(disturbed)).get("name") == "load.staging.ramp.primary"


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff"])
def test_what_cannot_be_read_is_no_last_one(tmp_path: Path, content: bytes | None) -> None:
    """A broken file costs the comparison, not the trial."""
    if content is not None:
        (tmp_path / "staging-ramp-last.json").write_bytes(content)
    assert last(RESULT, tmp_path) is None


def test_a_change_beyond_noise_is_real() -> None:
    """Noise is what the parts of either trial differ by."""
    slower = msgspec.structs.replace(RESULT, figures={"overview": msgspec.structs.replace(FIGURES, p95=56)})
    a_bit = msgspec.structs.replace(RESULT, figures={"overview": msgspec.structs.replace(FIGURES, p95=55)})
    unsure = msgspec.structs.replace(RESULT, figures={"overview": msgspec.structs.replace(FIGURES, p95=56, spread=9)})
    assert [change.real for change in changes(RESULT, slower)] == [True]
    assert [change.real for change in changes(RESULT, a_bit)] == [False]
    assert [change.real for change in changes(RESULT, unsure)] == [False]
    assert list(changes(None, RESULT)) == []
    assert next(changes(RESULT, slower)).share == pytest.approx(0.12)


def test_junit_is_xml_with_a_case_a_limit() -> None:
    """A pipeline sees which limit broke, and that the trial is in doubt."""
    suite = ET.fromstring(as_junit(RESULT))
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    broken = [case.get("classname") for case in suite if case.find("failure") is not None]
    assert broken == ["<b>"]


def test_the_pages_hold_everything_and_trust_nothing() -> None:
    """The HTML escapes what a server may have said."""
    page = as_html(RESULT, [Change("overview", 50, 56, real=True)])
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    for word in ("BROKEN", "beyond noise", "status 500", "12.5"):
        assert word in page
        assert word in as_markdown(RESULT, [Change("overview", 50, 56, real=True)])


def test_the_headline() -> None:
    """One sentence with the outcome, how much broke, and the knee."""
    said = headline(RESULT)
    assert said == "staging, ramp: failed (1 of 2 limits broken, 10.0 requests/s, knee at 10.0 requests/s)"


def test_the_line() -> None:
    """What a log keeps: one line with the verdict, what broke and why it is in doubt."""
    line = as_line(RESULT)
    said = msgspec.json.decode(line)
    assert "\n" not in line
    assert (said["outcome"], said["exit_code"], said["limits"]) == ("failed", 1, 2)
    assert [(each["endpoint"], each["limit"]) for each in said["broken"]] == [("<b>", "p95")]
    assert said["reasons"] == ["it was stopped & that's it"]
