"""What the server itself saw of a trial, from Prometheus: errors, restarts, memory and whether that grew."""

from collections.abc import Iterator
from typing import Any

import msgspec
import requests

from trial.account import Account, bearer
from trial.growth import FEWEST, growth
from trial.judge import Finding
from trial.targets import EVERY, Target

_PATIENCE = 10.0
_MEBIBYTE = 2**20
_PLACE = f"server: {EVERY}"


class Question(msgspec.Struct, frozen=True):
    """An expression over `$span`, and the most that it may answer."""

    name: str
    expression: str
    allowed: float


QUESTIONS = (
    Question(
        "server errors",
        'sum(increase(gleaner_http_requests_total{status_class="5xx"}[$span]))'
        " / sum(increase(gleaner_http_requests_total[$span]))",
        0.001,
    ),
    Question(
        "restarts", 'sum(increase(kube_pod_container_status_restarts_total{namespace="app-namespace"}[$span]))', 0
    ),
    Question(
        "memory of its limit",
        'max(max_over_time(container_memory_working_set_bytes{namespace="app-namespace",container!=""}[$span])'
        ' / on (namespace, pod, container) kube_pod_container_resource_limits{resource="memory"})',
        0.9,
    ),
)
GROWTH = "memory growth, MiB"
_MISSING = {GROWTH: f"{GROWTH} (no process with {FEWEST} samples)"}
# Of each process of ours, as it tells of itself: a container's memory has the files that it reads in it, and grows by
# them. The samples themselves, with their own times: steps between them would count some twice.
MEMORY = 'process_resident_memory_bytes{job=~"gleaner/.+"}[$span]'


class Judged(msgspec.Struct, frozen=True):
    """The time that is judged, by the clock (seconds since 1970), and how long all of the trial was."""

    start: float
    end: float
    lasted: float


def server_view(target: Target, account: Account, time: Judged) -> tuple[list[Finding], str]:
    """What Prometheus says of that time, and what it does not say and why."""
    if not target.prometheus:
        return [], "the target names no Prometheus"
    try:
        answers = {question.name: _answer(target, account, question, time) for question in QUESTIONS}
        if target.memory:
            answers[GROWTH] = _grown(target, account, time)
    except (requests.RequestException, ValueError, KeyError) as error:
        return [], f"Prometheus at {target.prometheus} does not answer: {type(error).__name__}"
    unknown = [_MISSING.get(name, name) for name, found in answers.items() if found is None]
    findings = [found for found in answers.values() if found is not None]
    return findings, f"Prometheus has no series for: {', '.join(unknown)}" if unknown else ""


def _answer(target: Target, account: Account, question: Question, time: Judged) -> Finding | None:
    """Of all of the trial: an error or a restart is one in its warm-up, too."""
    found = _ask(target, account, question.expression.replace("$span", f"{max(60, round(time.lasted))}s"))
    if not found:
        return None
    value = float(found[0]["value"][1])
    return Finding(_PLACE, question.name, question.allowed, round(value, 4), value <= question.allowed)


def _grown(target: Target, account: Account, time: Judged) -> Finding | None:
    """The process that grew most. Without the warm-up, in which caches fill and code is loaded."""
    seconds = time.end - time.start
    found = _ask(target, account, MEMORY.replace("$span", f"{max(1, round(seconds))}s"), at=time.end)
    most, who = max(_growths(found), default=(None, ""))
    if most is None or target.memory is None:
        return None
    allowed = target.memory.allowed(seconds)
    return Finding(f"server: {who}", GROWTH, round(allowed, 1), round(most, 1), most <= allowed)


def _growths(found: list[dict[str, Any]]) -> Iterator[tuple[float, str]]:
    """MiB, and the process's name."""
    for each in found:
        grown = growth([(moment, float(value) / _MEBIBYTE) for moment, value in each["values"]])
        if grown is not None:
            labels = each["metric"]
            yield grown, labels.get("pod") or labels.get("instance") or EVERY


def _ask(target: Target, account: Account, expression: str, at: float | None = None) -> list[dict[str, Any]]:
    """The series of an answer; without `at`, of now."""
    answer = requests.get(
        f"{target.prometheus}/api/v1/query",
        params={"query": expression, **({} if at is None else {"time": f"{at:.3f}"})},
        headers=bearer(account.prometheus_token),
        verify=account.trusted,
        timeout=_PATIENCE,
    )
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()["data"]["result"]
    return found
