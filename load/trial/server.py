"""What the server itself saw of a trial, from Prometheus: its own errors, restarts and memory."""

from collections.abc import Iterator

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
    """What Prometheus says of the last seconds, and why there is nothing if there is nothing."""
    if not target.prometheus:
        return [], "the target names no Prometheus"
    try:
        return list(_findings(target, account, seconds)), ""
    except (requests.RequestException, ValueError, KeyError) as error:
        return [], f"Prometheus at {target.prometheus} does not answer: {type(error).__name__}"


def _findings(target: Target, account: Account, seconds: float) -> Iterator[Finding]:
    for question in QUESTIONS:
        value = _ask(target, account, question.expression.replace("$span", f"{max(60, round(seconds))}s"))
        if value is not None:
            yield Finding(
                f"server: {EVERY}", question.name, question.allowed, round(value, 4), value <= question.allowed
            )


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
