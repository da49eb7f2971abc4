"""What the server itself saw of a trial, from Prometheus: its own errors, restarts and memory."""

import msgspec
import requests

from trial.account import Account, bearer
from trial.judge import Finding
from trial.targets import EVERY, Target

_PATIENCE = 10.0


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


def server_view(target: Target, account: Account, seconds: float) -> tuple[list[Finding], str]:
    """What Prometheus says of the last seconds, and what it does not say and why."""
    if not target.prometheus:
        return [], "the target names no Prometheus"
    span = f"{max(60, round(seconds))}s"
    try:
        answers = [
            (question, _ask(target, account, question.expression.replace("$span", span))) for question in QUESTIONS
        ]
    except (requests.RequestException, ValueError, KeyError) as error:
        return [], f"Prometheus at {target.prometheus} does not answer: {type(error).__name__}"
    unknown = [question.name for question, value in answers if value is None]
    findings = [_finding(question, value) for question, value in answers if value is not None]
    return findings, f"Prometheus has no series for: {', '.join(unknown)}" if unknown else ""


def _finding(question: Question, value: float) -> Finding:
    return Finding(f"server: {EVERY}", question.name, question.allowed, round(value, 4), value <= question.allowed)


def _ask(target: Target, account: Account, expression: str) -> float | None:
    answer = requests.get(
        f"{target.prometheus}/api/v1/query",
        params={"query": expression},
        headers=bearer(account.prometheus_token),
        verify=account.trusted,
        timeout=_PATIENCE,
    )
    answer.raise_for_status()
    found = answer.json()["data"]["result"]
    return float(found[0]["value"][1]) if found else None
