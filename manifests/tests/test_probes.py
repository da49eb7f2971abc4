"""Who looks after each container, and that nobody does harm by it."""

import re
from collections.abc import Iterator
from typing import Any

from rendered.kustomize import Object
from rendered.objects import Workload, named, serving, workloads

KINDS = ("Deployment", "StatefulSet", "DaemonSet")
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
LEAST_START = 60  # seconds: a node may be busy


def _probes(workload: Workload) -> Iterator[tuple[str, dict[str, Any], str, dict[str, Any]]]:
    """Each probe of each container that stays: id, container, kind of probe, probe."""
    for name, container in workload.lasting:
        for kind in PROBES:
            if kind in container:
                yield f"{name}: {kind}", container, kind, container[kind]


def _asks(probe: dict[str, Any]) -> tuple[Any, Any]:
    """What it asks: path and port."""
    action = probe.get("httpGet") or probe.get("tcpSocket") or probe.get("grpc") or {}
    return action.get("path"), action.get("port")


def test_every_container_is_looked_after(objects: tuple[Object, ...]) -> None:
    """A container that stays has a startup and a liveness probe; a pod's readiness is asked for at least once."""
    problems = []
    for workload in serving(objects):
        for name, container in workload.lasting:
            missing = [kind for kind in PROBES[:2] if kind not in container]
            problems += [f"{name}: no {kind}" for kind in missing]
        if not any("readinessProbe" in container for _, container in workload.lasting):
            problems.append(f"{workload.id}: no readinessProbe")
    assert not problems, "\n".join(problems)


def test_ours_answer_for_themselves(ours: tuple[Object, ...]) -> None:
    """Liveness asks /livez, which depends on nothing else; readiness asks /readyz, which names what is missing."""
    wanted = {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
    problems = []
    for workload in workloads(ours):
        for name, container, kind, probe in _probes(workload):
            if container["name"] != "mongod" and _asks(probe)[0] != wanted[kind]:
                problems.append(f"{name} asks {_asks(probe)[0]}, not {wanted[kind]}")
    assert not problems, "\n".join(problems)


def test_each_of_ours_has_the_probes_of_its_kind(ours: tuple[Object, ...]) -> None:
    """web is asked where people ask it; the collector and the guard have the ops port alone."""
    ports = {"web": "http", "collector": "ops", "guard": "ops", "mongod": "mongodb"}
    seen = {}
    for workload in workloads(ours):
        for name, container, kind, probe in _probes(workload):
            seen[container["name"], kind] = 1
            assert _asks(probe)[1] == ports[container["name"]], f"{name} asks port {_asks(probe)[1]}"
    wanted = {(name, kind) for name in ports for kind in PROBES} - {("mongod", "readinessProbe")}
    assert set(seen) == wanted


def test_probes_start_no_program(objects: tuple[Object, ...]) -> None:
    """A client that is started each few seconds costs more than what it looks after."""
    every = [name for one in workloads(objects) for name, _, _, probe in _probes(one) if "exec" in probe]
    assert not every


def test_probes_ask_ports_by_names_that_exist(objects: tuple[Object, ...]) -> None:
    """A probe names a port of its own container."""
    problems = [
        f"{name} asks {_asks(probe)[1]}"
        for one in workloads(objects)
        for name, container, _, probe in _probes(one)
        if _asks(probe)[1] not in {port["name"] for port in container.get("ports", [])}
    ]
    assert not problems, "\n".join(problems)


def test_a_slow_start_is_no_reason_to_kill(objects: tuple[Object, ...]) -> None:
    """A start may take a minute, and more than one failure in a row is needed to restart a container."""
    problems = []
    for one in workloads(objects):
        for name, _, kind, probe in _probes(one):
            seconds = probe.get("periodSeconds", 10) * probe.get("failureThreshold", 3)
            if kind == "startupProbe" and seconds < LEAST_START:
                problems.append(f"{name}: {seconds} s are too few")
            if kind == "livenessProbe" and (probe.get("failureThreshold", 3) < 3 or seconds < 20):
                problems.append(f"{name}: {seconds} s are too few")
    assert not problems, "\n".join(problems)


def test_ends_are_given_time(ours: tuple[Object, ...]) -> None:
    """The grace period is longer than the pause before the end and the time that runs get, together."""
    settings = [each["data"] for each in ours if each["kind"] == "ConfigMap" and "GLEANER_GRACE" in each["data"]]
    match = re.fullmatch(r"(\d+)s", settings[0]["GLEANER_GRACE"])
    assert match, "GLEANER_GRACE is written in seconds here"
    for name in ("web", "collector"):
        spec = _spec(ours, name)
        pause = spec["containers"][0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        assert spec["terminationGracePeriodSeconds"] >= pause + int(match[1]) + 10, f"Deployment/{name}"


def test_web_answers_until_proxies_have_heard(ours: tuple[Object, ...]) -> None:
    """Before SIGTERM a web pod goes on for some seconds, without a shell to wait in."""
    lifecycle = _spec(ours, "web")["containers"][0].get("lifecycle", {})
    assert lifecycle.get("preStop", {}).get("sleep", {}).get("seconds", 0) >= 3, (
        "Deployment/web: no pause before its end"
    )


def _spec(ours: tuple[Object, ...], name: str) -> dict[str, Any]:
    deployment = named(ours, "Deployment", name)
    assert deployment, f"Deployment/{name} is not there"
    return dict(deployment["spec"]["template"]["spec"])
