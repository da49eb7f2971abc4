"""Metrics, logs and traces arrive, every board has data, and one request is found in all of them."""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fixtures.table import Seen
from fixtures.telemetry import JOBS, Telemetry
from harness import logstore, observability, prometheus, signals
from harness.cluster import Cluster
from harness.places import NAMESPACE
from harness.waiting import wait_for
from harness.web import Answer, Web


def test_every_target_answers(cluster: Cluster, telemetry: Telemetry, seen: Seen) -> None:
    """Prometheus reaches web, collector, the guard, the node, and everything around, through the policies."""
    found = wait_for("every target to answer", lambda: _all_well(cluster), timeout=60)
    assert found >= JOBS | {"kubelet", "cadvisor", "kube-state-metrics", "traefik", "cert-manager", "agent"}
    seen(", ".join(sorted(found)))


def _all_well(cluster: Cluster) -> set[str]:
    found = prometheus.targets(cluster)
    wrong = {job: error for job, error in found.items() if error}
    assert not wrong, wrong
    return set(found)


def test_the_matrix_has_every_family(telemetry: Telemetry) -> None:
    """What the service's pods export is in the matrix, family by family."""
    matrix = signals.matrix()
    families = matrix["metrics"].keys() | matrix["later"].keys()
    ours = {name for name in telemetry.exported if name.startswith("gleaner_")}
    unknown = {name for name in ours if name not in families and _family(name) not in families}
    assert not unknown


def _family(name: str) -> str:
    return next((name.removesuffix(end) for end in ("_bucket", "_count", "_sum") if name.endswith(end)), name)


def test_every_metric_arrives(cluster: Cluster, telemetry: Telemetry, seen: Seen) -> None:
    """Each family of the matrix is exported by the pods that it names."""
    wanted = signals.matrix()["metrics"]
    names = {name: name if name in telemetry.exported else f"{name}_count" for name in wanted}
    with ThreadPoolExecutor(8) as pool:
        found = dict(zip(wanted, pool.map(lambda name: prometheus.jobs_of(cluster, names[name]), wanted), strict=True))
    missing = {name: set(jobs) - found[name] for name, jobs in wanted.items() if set(jobs) - found[name]}
    assert not missing
    seen(f"{len(wanted)} families from {len(JOBS)} jobs")


def test_every_panel_has_data(cluster: Cluster, telemetry: Telemetry, seen: Seen) -> None:
    """Each query of each board returns a number for the last minutes, or is excused by name."""
    every = [query for query in signals.queries() if query.kind == "prometheus"]
    asked = [query for query in every if not signals.excuse(query, set(telemetry.exported))]
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda query: prometheus.course(cluster, query.text), asked)
        empty = [str(query) for query, series in zip(asked, found, strict=True) if not series]
    assert not empty, "\n".join(empty)
    seen(f"{len(asked)} of {len(every)} queries have data; {len(every) - len(asked)} excused")


def test_every_panel_of_logs_is_understood(cluster: Cluster, telemetry: Telemetry) -> None:
    """Each LogQL query of the boards is taken by Loki."""
    if not telemetry.platform.has("loki"):
        pytest.skip(f"no image {telemetry.platform.missing['loki']}")
    every = [query for query in signals.queries() if query.kind == "loki"]
    assert every
    assert not [str(query) for query in every if not logstore.takes(cluster, query.text)]


def test_one_request_is_found_everywhere(cluster: Cluster, telemetry: Telemetry, web: Web, seen: Seen) -> None:
    """A click's trace id is in the answer, the access line, the run and its lines, the log store, and the spans."""
    trace = secrets.token_hex(16)
    head = {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}
    answer = wait_for("the run to be taken", lambda: _taken(web, head), timeout=90)
    assert answer.headers["X-Trace-Id"] == trace
    run = web.ended(answer.headers["Location"].partition("/api/v1")[2])
    assert run["state"] == "succeeded", run["reason"]
    assert trace in json.dumps(run), "the run does not tell its trace"
    written = wait_for("the lines of the run", lambda: _written(cluster, trace), timeout=30)
    assert [line["status"] for line in written if line["event"] == "request"] == [202]
    stored = wait_for(
        "the log store to have them all", lambda: _stored(cluster, telemetry, trace, len(written)), timeout=60
    )
    spans = wait_for("the spans of web and of the run", lambda: _spans(cluster, telemetry, trace), timeout=60)
    seen(f"{trace}: {len(written)} lines written, {len(stored)} stored, spans: {', '.join(sorted(spans))}")


def _taken(web: Web, head: dict[str, str]) -> Answer | None:
    answer = web.ask("POST", "/api/v1/runs", {"application": "report/air", "parameters": {}}, headers=head)
    return answer if answer.status == 202 else None


def _written(cluster: Cluster, trace: str) -> list[dict[str, Any]] | None:
    """The web's lines of the trace, once its run has begun and ended."""
    text = cluster.kubectl("logs", "-n", NAMESPACE, "deployment/web", "--since=10m")
    found = [json.loads(line) for line in text.splitlines() if trace in line]
    return found if {"request", "run.started", "run.ended"} <= {line["event"] for line in found} else None


def _stored(cluster: Cluster, telemetry: Telemetry, trace: str, number: int) -> list[dict[str, str]]:
    found = logstore.lines_of(cluster, trace, loki=telemetry.platform.has("loki"))
    assert len(found) >= number, f"{len(found)} of {number} lines"
    return found


def _spans(cluster: Cluster, telemetry: Telemetry, trace: str) -> set[str]:
    """The names of the trace's spans; at least the request and the run."""
    if telemetry.platform.has("tempo"):
        pytest.skip("spans are read from the agent's file, and this platform has a Tempo")
    found = {
        span["name"]
        for line in observability.traces(cluster).splitlines()
        for resource in json.loads(line)["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
        if span["traceId"] == trace
    }
    assert any("POST" in name for name in found), found
    assert any("report" in name for name in found), found
    return found


def test_boards_are_in_grafana(cluster: Cluster, telemetry: Telemetry) -> None:
    """Grafana has every board, and answers its queries by its own data sources."""
    if not telemetry.platform.has("grafana"):
        pytest.skip(f"no image {telemetry.platform.missing['grafana']}")
    grafana = "/api/v1/namespaces/monitoring/services/grafana:3000/proxy/api"
    found = json.loads(cluster.kubectl("get", "--raw", f"{grafana}/search?type=dash-db"))
    assert {board["uid"] for board in found} >= {f"gleaner-{query.board}" for query in signals.queries()}
    answer = cluster.kubectl("get", "--raw", f"{grafana}/datasources/proxy/uid/prometheus/api/v1/query?query=up")
    assert json.loads(answer)["data"]["result"]
