"""The log store as the tests ask it: VictoriaLogs, which stands where Loki cannot be had."""

import json
from urllib.parse import urlencode

from harness.cluster import Cluster

_PLACE = "/api/v1/namespaces/monitoring/services/loki:3100/proxy/select/logsql/query"


def lines_of(cluster: Cluster, trace: str) -> list[dict[str, str]]:
    """The stored lines whose structured field `trace_id` is this one."""
    text = cluster.kubectl("get", "--raw", f"{_PLACE}?{urlencode({'query': f'trace_id:{trace}', 'limit': 1000})}")
    return [json.loads(line) for line in text.splitlines() if line]
