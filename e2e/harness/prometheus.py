"""Prometheus as the tests ask it, through the API server."""

import json
import time
from typing import Any
from urllib.parse import urlencode

from harness.cluster import Cluster

_PLACE = "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1"
Series = list[dict[str, Any]]


def ask(cluster: Cluster, path: str, **parameters: Any) -> Any:
    """The data of an answer of its API."""
    query = f"?{urlencode(parameters)}" if parameters else ""
    answer = json.loads(cluster.kubectl("get", "--raw", f"{_PLACE}/{path}{query}"))
    assert answer["status"] == "success", answer
    return answer["data"]


def value(cluster: Cluster, query: str) -> Series:
    """The series of an instant query."""
    found: Series = ask(cluster, "query", query=query)["result"]
    return found


def course(cluster: Cluster, query: str, *, seconds: int = 300, step: int = 15) -> Series:
    """The series of the last minutes that have at least one number."""
    now = int(time.time())
    found: Series = ask(cluster, "query_range", query=query, start=now - seconds, end=now, step=step)["result"]
    return [each for each in found if any(text != "NaN" for _, text in each["values"])]


def firing(cluster: Cluster) -> set[str]:
    """The names of the alerts that fire now."""
    return {each["labels"]["alertname"] for each in ask(cluster, "alerts")["alerts"] if each["state"] == "firing"}


def jobs_of(cluster: Cluster, name: str) -> set[str]:
    """The jobs that export a metric."""
    return {each["metric"]["job"] for each in value(cluster, f"count by (job) ({name})")}


def targets(cluster: Cluster) -> dict[str, str]:
    """Each job that has a target, and what is wrong with one of its targets, if anything is."""
    every = ask(cluster, "targets", state="active")["activeTargets"]
    return {
        each["labels"]["job"]: each["lastError"] for each in sorted(every, key=lambda each: each["lastError"] != "")
    }


def told(cluster: Cluster) -> set[str]:
    """The names of the alerts that Alertmanager knows."""
    place = "/api/v1/namespaces/monitoring/services/alertmanager:9093/proxy/api/v2/alerts"
    return {each["labels"]["alertname"] for each in json.loads(cluster.kubectl("get", "--raw", place))}
