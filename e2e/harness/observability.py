"""The observability platform on the cluster: as the manifests have it, with quicker clocks, and with what can be had.

Where an image is missing on this machine and cannot be fetched, Loki is replaced by VictoriaLogs, which takes the same
lines by OTLP; traces go to a file of the agent; Grafana is left out, and what needs it is skipped by its name.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.cluster import Cluster
from harness.images import can_have, images_of, load_images
from harness.places import ROOT, STORE_IMAGE, TRACES
from harness.rendering import Patch, documents, render
from harness.shell import run
from harness.waiting import wait_for

FOLDER = ROOT / "manifests/platform/observability"
SPACE, AGENT_SPACE = "monitoring", "monitoring-agent"
_QUICK = {"scrape_interval": "5s", "scrape_timeout": "4s", "evaluation_interval": "2s"}


@dataclass(frozen=True)
class Platform:
    """What was put on the cluster, and which images of upstream could not be had."""

    manifest: str
    missing: Mapping[str, str]  # name -> image

    def has(self, name: str) -> bool:
        return name not in self.missing


def has_room() -> bool:
    """Whether Docker has the memory for it beside everything else."""
    return int(run("docker", "info", "--format", "{{.MemTotal}}")) >= 7.5e9


def rendered(
    image: str, rules: Mapping[str, str] | None = None, *, quick: bool = True, folder: Path = FOLDER
) -> Platform:
    """The platform with our image and quick clocks; `rules` replaces the rule files by others of the same names."""
    text = render(folder, image)
    missing = {name: found for name, found in _images(text).items() if not can_have(found)}
    patches = [*_replaced(missing), *((_quick_prometheus(text), _quick_alertmanager()) if quick else ())]
    patches += [_changed_map("prometheus-rules", rules)] if rules else []
    return Platform(render(folder, image, patches=patches), missing)


def install(cluster: Cluster, platform: Platform) -> None:
    load_images(cluster, images_of(platform.manifest))
    wait_for("the API server to take the platform", lambda: cluster.apply(platform.manifest), timeout=30)
    for kind, space, name in _workloads(platform.manifest):
        cluster.kubectl("rollout", "status", "-n", space, f"{kind}/{name}", "--timeout=180s", timeout=190)


def _images(manifest: str) -> dict[str, str]:
    """The image of each Deployment that may be missing."""
    every = [each for each in documents(manifest) if each["kind"] == "Deployment"]
    found = {each["metadata"]["name"]: each["spec"]["template"]["spec"]["containers"][0]["image"] for each in every}
    return {name: found[name] for name in ("grafana", "loki", "tempo")}


def _workloads(manifest: str) -> Iterable[tuple[str, str, str]]:
    for each in documents(manifest):
        if each["kind"] in {"Deployment", "DaemonSet"}:
            yield each["kind"].lower(), each["metadata"]["namespace"], each["metadata"]["name"]


def _replaced(missing: Mapping[str, str]) -> Iterable[Patch]:
    if "loki" in missing:
        yield _patch("Deployment", "loki", _VICTORIA)
        yield _agent_variable("LOGS_ENDPOINT", "http://loki.monitoring.svc:3100/insert/opentelemetry")
    if "tempo" in missing:
        yield _agent_to_file()
    for name in {"grafana", "tempo"} & missing.keys():
        yield {"patch": yaml.safe_dump({**_head("Deployment", name), "$patch": "delete"})}


_VICTORIA: list[dict[str, Any]] = [
    {"op": "remove", "path": "/spec/template/spec/initContainers"},
    {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": STORE_IMAGE},
    {
        "op": "replace",
        "path": "/spec/template/spec/containers/0/args",
        "value": ["-httpListenAddr=:3100", "-storageDataPath=/loki", "-retentionPeriod=7d"],
    },
    *(
        {"op": "replace", "path": f"/spec/template/spec/containers/0/{probe}/httpGet/path", "value": "/health"}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    ),
]


def _agent_variable(name: str, value: str) -> Patch:
    container = {"name": "agent", "env": [{"name": name, "value": value}]}
    spec = {"template": {"spec": {"containers": [container]}}}
    return {"patch": yaml.safe_dump({**_head("DaemonSet", "agent", AGENT_SPACE), "spec": spec})}


def _agent_to_file() -> Patch:
    """Traces into a file beside the agent's positions, where the node can be asked for it."""
    config = yaml.safe_load((ROOT / "dashboards/agent/agent.yaml").read_text(encoding="utf-8"))
    config["exporters"]["file/traces"] = {"path": "${env:CHECKPOINTS}/traces.jsonl", "flush_interval": "500ms"}
    config["service"]["pipelines"]["traces"]["exporters"] = ["file/traces"]
    del config["exporters"]["otlp_http/traces"]
    return _changed_map("agent", {"agent.yaml": yaml.safe_dump(config)}, AGENT_SPACE)


def _quick_prometheus(manifest: str) -> Patch:
    found = next(each for each in documents(manifest) if "prometheus.yaml" in each.get("data", {}))
    config = yaml.safe_load(found["data"]["prometheus.yaml"])
    config["global"] |= _QUICK
    return _changed_map("prometheus", {"prometheus.yaml": yaml.safe_dump(config)})


def _quick_alertmanager() -> Patch:
    config = yaml.safe_load((FOLDER / "alertmanager/alertmanager.yaml").read_text(encoding="utf-8"))
    for route in (config["route"], *config["route"]["routes"]):
        route |= {"group_wait": "0s", "group_interval": "1s"}
    return _changed_map("alertmanager", {"alertmanager.yaml": yaml.safe_dump(config)})


def _changed_map(name: str, data: Mapping[str, str], namespace: str = SPACE) -> Patch:
    """Its name in the cluster follows its content, so the pods that use it roll."""
    return {"patch": yaml.safe_dump({**_head("ConfigMap", name, namespace, "v1"), "data": dict(data)})}


def _patch(kind: str, name: str, operations: list[dict[str, Any]]) -> Patch:
    return {"target": {"kind": kind, "name": name}, "patch": json.dumps(operations)}


def _head(kind: str, name: str, namespace: str = SPACE, version: str = "apps/v1") -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}}


def traces(cluster: Cluster) -> str:
    """The agent's file of traces, one OTLP document a line."""
    return cluster.node("cat", TRACES)
