"""The agent's configuration, held against the program itself: it is taken, and lines and restarts come out as meant."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import pytest
import yaml

AGENT = Path(__file__).parents[1] / "agent"
CONFIG = AGENT / "agent.yaml"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
POD = "0b3b3c0e-1111-4222-8333-944455556666"
_OFFLINE = {  # no cluster, and a file in place of the stores
    "receivers": {"otlp": {"protocols": {"http": {"endpoint": "${env:TEST_OTLP}"}}}},
    "processors": {"k8s_attributes": {"passthrough": True, "auth_type": "none"}},
    "extensions": {"health_check": {"endpoint": "${env:TEST_HEALTH}"}},
    "exporters": {"file/logs": {"path": "${env:TEST_OUT}", "flush_interval": "100ms", "append": True}},
    "service": {
        "pipelines": {"logs": {"exporters": ["file/logs"]}, "traces": {"exporters": ["file/logs"]}},
        "telemetry": {"metrics": {"level": "none"}},
    },
}


@pytest.fixture
def program() -> str:
    found = shutil.which("otelcol-contrib") or shutil.which("otelcol")
    if not found:
        pytest.skip("no OpenTelemetry Collector (otelcol-contrib or otelcol) in PATH")
    return found


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The variables that the DaemonSet sets, with a folder of this test in place of the node's."""
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "pods").mkdir()
    ports = [_free_port() for _ in range(2)]
    return {
        **os.environ,
        "CHECKPOINTS": str(tmp_path / "checkpoints"),
        "LOG_FILES": str(tmp_path / "pods"),
        "LOGS_ENDPOINT": "http://127.0.0.1:9/otlp",
        "TRACES_ENDPOINT": "http://127.0.0.1:9",
        "NODE_NAME": "node",
        "TEST_OUT": str(tmp_path / "out.jsonl"),
        "TEST_OTLP": f"127.0.0.1:{ports[0]}",
        "TEST_HEALTH": f"127.0.0.1:{ports[1]}",
    }


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def test_the_collector_takes_it(program: str, environment: dict[str, str]) -> None:
    """Everything that would keep it from starting is found by its own validation."""
    done = subprocess.run(
        [program, "validate", "--config", CONFIG], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_its_variables_are_those_of_the_pods() -> None:
    """Each variable that the configuration reads is one that the DaemonSet sets."""
    manifest = Path(__file__).parents[2] / "manifests/platform/observability/agent/daemonset.yaml"
    daemons = [each for each in yaml.safe_load_all(manifest.read_text()) if each["kind"] == "DaemonSet"]
    container = daemons[0]["spec"]["template"]["spec"]["containers"][0]
    wanted = {word.partition("}")[0] for word in CONFIG.read_text().split("${env:")[1:]} | {"NODE_NAME"}
    assert wanted <= {each["name"] for each in container["env"]}


def test_memory_is_bounded_first() -> None:
    """The limiter is the first processor of each pipeline, and every exporter's queue is bounded."""
    config = yaml.safe_load(CONFIG.read_text())
    for name, pipeline in config["service"]["pipelines"].items():
        assert pipeline["processors"][0] == "memory_limiter", name
    for name, exporter in config["exporters"].items():
        assert exporter["sending_queue"]["queue_size"] <= 200_000, name


def test_no_name_is_an_old_one() -> None:
    """Components that were renamed, or are gone, stand nowhere."""
    config = yaml.safe_load(CONFIG.read_text())
    kinds = {
        name.partition("/")[0]
        for part in ("receivers", "processors", "exporters", "extensions")
        for name in config[part]
    }
    assert not kinds & {"filelog", "otlphttp", "otlp_grpc/loki", "k8sattributes", "loki", "logging"}
    assert "batch" not in kinds, "the exporters' queues make batches, and keep them over a restart"


def test_lines_come_out_as_meant(program: str, environment: dict[str, str], tmp_path: Path) -> None:
    """Cut lines are whole, a traceback is one entry, JSON has its level and its trace, and keeps every field."""
    said = json.dumps(
        {"event": "request", "level": "warning", "request_id": "r-1", "trace_id": TRACE, "span_id": SPAN, "route": "/x"}
    )
    lines = [
        f"stdout F {said}",
        "stdout P one ",
        "stdout F line",
        "stderr F Traceback (most recent call last):",
        'stderr F   File "x.py", line 1, in <module>',
        "stderr F ValueError: no",
        "stderr F {not json",
        "stdout F the end",
    ]
    _log(tmp_path, *lines)
    with _running(program, environment, tmp_path):
        found = {each["body"]["stringValue"]: each for each in _records(tmp_path, 5)}
    assert set(found) == {
        said,
        "one line",
        'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\nValueError: no',
        "{not json",
        "the end",
    }
    entry = found[said]
    assert (entry["traceId"], entry["spanId"], entry["severityText"]) == (TRACE, SPAN, "warning")
    names = {each["key"] for each in entry["attributes"]}
    assert names == {"event", "level", "request_id", "trace_id", "span_id", "log.iostream"}


def test_where_a_line_came_from_is_known(program: str, environment: dict[str, str], tmp_path: Path) -> None:
    """Namespace, pod and container are attributes of the resource; the agent's own lines are left alone."""
    _log(tmp_path, "stdout F hello")
    _log(tmp_path, "stdout F its own", folder=f"monitoring-agent_agent-x1_{POD}/agent")
    with _running(program, environment, tmp_path):
        _records(tmp_path, 1)
    resource = json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])["resourceLogs"][0]["resource"]
    given = {each["key"]: each["value"]["stringValue"] for each in resource["attributes"]}
    wanted = {"k8s.namespace.name": "app-namespace", "k8s.pod.name": "web-1", "k8s.container.name": "web"}
    assert wanted.items() <= given.items()
    assert "its own" not in (tmp_path / "out.jsonl").read_text()


def test_a_restart_loses_nothing_and_repeats_nothing(program: str, environment: dict[str, str], tmp_path: Path) -> None:
    """What is written while the agent is away is read afterwards, once."""
    _log(tmp_path, "stdout F first")
    with _running(program, environment, tmp_path):
        _records(tmp_path, 1)
    _log(tmp_path, "stdout F second")
    with _running(program, environment, tmp_path):
        _records(tmp_path, 2)
        _log(tmp_path, "stdout F third")
        bodies = [each["body"]["stringValue"] for each in _records(tmp_path, 3)]
    assert bodies == ["first", "second", "third"]


def _log(place: Path, *lines: str, folder: str = f"app-namespace_web-1_{POD}/web") -> None:
    """As the container runtime writes it."""
    path = place / "pods" / folder
    path.mkdir(parents=True, exist_ok=True)
    with (path / "0.log").open("a") as file:
        file.writelines(f"2026-11-25T12:00:0{number}.123456789Z {line}\n" for number, line in enumerate(lines))


def _records(folder: Path, number: int) -> list[dict[str, Any]]:
    """All records that came out, as soon as there are so many."""
    end, pause = monotonic() + 60, Event()
    while True:
        found = list(_read(folder / "out.jsonl"))
        if len(found) >= number:
            return found
        assert monotonic() < end, f"{len(found)} of {number} records after a minute"
        pause.wait(0.1)


def _read(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_text().splitlines() if file.exists() else []:
        for resource in json.loads(line)["resourceLogs"]:
            for scope in resource["scopeLogs"]:
                yield from scope["logRecords"]


@contextmanager
def _running(program: str, environment: dict[str, str], folder: Path) -> Iterator[None]:
    """The collector with its own configuration and ours for a place without a cluster."""
    (folder / "offline.yaml").write_text(yaml.safe_dump(_OFFLINE))
    command = [program, "--config", CONFIG, "--config", folder / "offline.yaml"]
    with (folder / "collector.log").open("a") as log, subprocess.Popen(command, env=environment, stderr=log) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)
