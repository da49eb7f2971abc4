"""The verdict: no limit is forgotten, and what says nothing is no pass."""

from typing import Any

import msgspec
import pytest

from trial.judge import Circumstances, Finding, judge, within_limits
from trial.outages import Outage
from trial.samples import Figures
from trial.targets import Limits, Target

TARGET = Target(
    address="http://127.0.0.1",
    most_seconds=60,
    most_requests=1000,
    rate=10,
    users={"reader": 1},
    secrets="",
    source="quakes",
    limits={"every": Limits(p50=50, p95=100, p99=200, failures=0.01, least_rate=8), "log in": Limits(p95=1000)},
)
WELL = Figures(requests=100, failures=0, rate=10, p50=10, p95=50, p99=90, longest=95, spread=5)
QUIET = Circumstances(planned=30, lasted=30, behind=5, busy=0.3)


def verdict(figures: Figures = WELL, together: Figures | None = WELL, how: Circumstances = QUIET, **more: Any) -> Any:
    return judge(TARGET, {"overview": figures}, together, how, **more)


def test_it_works() -> None:
    """Everything within its limits passes, and each limit is shown."""
    passed = verdict()
    assert (passed.outcome, passed.exit_code) == ("passed", 0)
    assert {(each.endpoint, each.limit) for each in passed.findings} == {
        *(("overview", limit) for limit in ("p50", "p95", "p99", "failures")),
        ("every", "least_rate"),
    }


@pytest.mark.parametrize(("limit", "value"), [("p50", 50.1), ("p95", 100.1), ("p99", 200.1), ("failures", 0.011)])
def test_each_limit_breaks_alone(limit: str, value: float) -> None:
    """A figure above its limit fails the trial; one that reaches it does not."""
    figures = msgspec.structs.replace(WELL, **{limit: value})
    failed = verdict(figures)
    assert (failed.outcome, failed.exit_code) == ("failed", 1)
    assert [(each.endpoint, each.limit) for each in failed.findings if not each.holds] == [("overview", limit)]
    assert not within_limits(TARGET, {"overview": figures})
    at_most = msgspec.structs.replace(WELL, **{limit: getattr(TARGET.limits["every"], limit)})
    assert verdict(at_most).outcome == "passed"


def test_an_endpoint_s_own_limits_stand_alone() -> None:
    """A log-in may take longer, and is held against nothing else."""
    slow = msgspec.structs.replace(WELL, p50=500, p95=900, p99=5000)
    findings = judge(TARGET, {"log in": slow}, WELL, QUIET).findings
    assert [(each.endpoint, each.limit, each.holds) for each in findings if each.endpoint == "log in"] == [
        ("log in", "p95", True)
    ]


def test_too_few_requests_fail() -> None:
    """A target that answers well, and seldom, is not quick; a shape at half height needs half as many."""
    seldom = msgspec.structs.replace(WELL, rate=5)
    assert verdict(together=seldom).outcome == "failed"
    assert verdict(together=seldom, how=msgspec.structs.replace(QUIET, share=0.5)).outcome == "passed"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (msgspec.structs.replace(QUIET, busy=0.95), "measured itself"),
        (msgspec.structs.replace(QUIET, behind=900), "900 ms late"),
        (msgspec.structs.replace(QUIET, lasted=12, stopped="too much"), "stopped after 12 of 30 s: too much"),
    ],
)
def test_a_doubtful_trial_is_no_pass(how: Circumstances, said: str) -> None:
    """However good its figures look."""
    invalid = verdict(how=how)
    assert (invalid.outcome, invalid.exit_code) == ("invalid", 3)
    assert said in " ".join(invalid.reasons)


RECOVERING = msgspec.structs.replace(TARGET, limits={"every": Limits(failures=0.5, recovery=10)})


@pytest.mark.parametrize(
    ("outages", "outcome", "measured"),
    [
        ([], "passed", 0),
        ([Outage(3, 12.9, 50)], "passed", 9.9),
        ([Outage(3, 13.1, 50)], "failed", 10.1),
        ([Outage(3, 5, 4), Outage(9, 14, 9)], "passed", 5),
        ([Outage(22, 28, 9)], "invalid", 6),
    ],
)
def test_recovery(outages: list[Outage], outcome: str, measured: float) -> None:
    """The longest outage is held against its limit; one that reaches to the end was not seen to be over."""
    how = msgspec.structs.replace(QUIET, outages=outages)
    judged = judge(RECOVERING, {"overview": WELL}, WELL, how)
    assert (judged.outcome, judged.findings[-1].limit) == (outcome, "recovery")
    assert judged.findings[-1].measured == pytest.approx(measured)


def test_a_planned_outage_makes_tasks_late() -> None:
    """As late as it may last; without a plan, and beyond it, late tasks are a doubt."""
    late = msgspec.structs.replace(QUIET, behind=9_900)
    assert judge(RECOVERING, {"overview": WELL}, WELL, late).outcome == "passed"
    assert judge(TARGET, {"overview": WELL}, WELL, late).outcome == "invalid"
    later = msgspec.structs.replace(QUIET, behind=10_100)
    assert judge(RECOVERING, {"overview": WELL}, WELL, later).outcome == "invalid"


def test_no_request_is_no_pass() -> None:
    """Nothing was seen, so nothing was seen to hold."""
    assert judge(TARGET, {}, None, QUIET).outcome == "invalid"


def test_what_the_server_saw_counts() -> None:
    """A restart during a trial fails it, though no request did."""
    restart = Finding("server: every", "restarts", 0, 1, holds=False)
    assert verdict(server=[restart]).outcome == "failed"


def test_what_is_not_all_there_is_not_judged() -> None:
    """Where requests are not known, a broken limit says as little as one that holds."""
    slow = msgspec.structs.replace(WELL, p95=500)
    how = msgspec.structs.replace(QUIET, workers=2, flaw="the worker a was lost")
    for figures in (WELL, slow):
        assert verdict(figures, how=how).outcome == "invalid"
        assert "the worker a was lost" in " ".join(verdict(figures, how=how).reasons)


def test_a_weak_generator_hears_of_workers() -> None:
    """How the rate can be reached is said with the doubt, and of several generators the busiest counts."""
    busy = msgspec.structs.replace(QUIET, busy=0.95, workers=2)
    (reason,) = verdict(how=busy).reasons
    assert "the busiest of 2 workers used 95%" in reason
    assert "`--workers`" in reason
