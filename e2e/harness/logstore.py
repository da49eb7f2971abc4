"""The log store as the tests ask it: Loki, or VictoriaLogs, which stands where Loki cannot be had."""

import json
from urllib.parse import urlencode

from harness.cluster import Cluster
from harness.shell import CommandFailed

_STORE = "/api/v1/namespaces/monitoring/services/loki:3100/proxy"


def lines_of(cluster: Cluster, trace: str, *, loki: bool) -> list[dict[str, str]]:
    """The stored lines whose structured field `trace_id` is this one."""
    if loki:
        found = json.loads(_ask(cluster, f'{{service_name=~".+"}} | trace_id="{trace}"'))["data"]["result"]
        return [{**stream["stream"], "_msg": line[1]} for stream in found for line in stream["values"]]
    query = urlencode({"query": f"trace_id:{trace}", "limit": 1000})
    text = cluster.kubectl("get", "--raw", f"{_STORE}/select/logsql/query?{query}")
    return [json.loads(line) for line in text.splitlines() if line]


def takes(cluster: Cluster, query: str) -> bool:
    """Whether Loki answers this LogQL; it refuses what it cannot read."""
    try:
        return bool(json.loads(_ask(cluster, query))["status"] == "success")
    except CommandFailed:
        return False


def _ask(cluster: Cluster, query: str) -> str:
    return cluster.kubectl(
        "get", "--raw", f"{_STORE}/loki/api/v1/query_range?{urlencode({'query': query, 'limit': 1000})}"
    )
