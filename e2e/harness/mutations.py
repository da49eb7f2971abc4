"""Protections that can be taken away from what is deployed, and the live test that has to notice each."""

import json
from dataclasses import dataclass
from typing import Any

from harness.places import NAMESPACE
from harness.rendering import Patch


def _patch(kind: str, name: str, *operations: tuple[str, str, Any]) -> Patch:
    """A JSON patch: (operation, path, value)."""
    steps = [{"op": op, "path": path} | ({} if op == "remove" else {"value": value}) for op, path, value in operations]
    return {"target": {"kind": kind, "name": name}, "patch": json.dumps(steps)}


def _gone(kind: str, name: str) -> Patch:
    text = {"apiVersion": "networking.k8s.io/v1", "kind": kind, "metadata": {"name": name, "namespace": NAMESPACE}}
    return {"target": {"kind": kind, "name": name}, "patch": json.dumps({**text, "$patch": "delete"})}


_CONTAINER = "/spec/template/spec/containers/0"
_ARGS = f"{_CONTAINER}/args"


@dataclass(frozen=True)
class Mutation:
    """Patches of the overlay, or of the platform, and the test that fails with them."""

    test: str = ""
    app: tuple[Patch, ...] = ()
    platform: tuple[Patch, ...] = ()


def _web(*operations: tuple[str, str, Any]) -> tuple[Patch, ...]:
    return (_patch("Deployment", "web", *((op, _CONTAINER + path, value) for op, path, value in operations)),)


_WHO = "test_who_may_connect_does_and_nobody_else"
MUTATIONS = {
    "no-default-deny": Mutation(_WHO, (_gone("NetworkPolicy", "default-deny"),)),
    "no-way-to-the-external-api": Mutation(_WHO, (_gone("NetworkPolicy", "collector-to-external-api"),)),
    "metadata-is-public": Mutation(
        _WHO,
        (_patch("NetworkPolicy", "collector-to-external-api", ("remove", "/spec/egress/0/to/0/ipBlock/except", None)),),
    ),
    "any-namespace-may-reach-web": Mutation(
        _WHO,
        (
            _patch(
                "NetworkPolicy",
                "ingress-controller-to-web",
                ("replace", "/spec/ingress/0/from/0/namespaceSelector", {}),
            ),
        ),
    ),
    "no-redirect": Mutation(
        "test_plain_http_leads_to_https",
        platform=(_patch("Deployment", "traefik", *(("remove", f"{_ARGS}/1", None) for _ in range(3))),),
    ),
    "proxies-not-believed": Mutation(
        "test_browsers_are_told_to_stay_with_https",
        _web(("add", "/env", [{"name": "GLEANER_PROXIES", "value": ""}])),
    ),
    "writable-root": Mutation(
        "test_nothing_can_be_written_but_the_volumes",
        _web(("replace", "/securityContext/readOnlyRootFilesystem", False)),
    ),
    "a-token-is-mounted": Mutation(
        "test_no_pod_has_a_token",
        (_patch("Deployment", "web", ("replace", "/spec/template/spec/automountServiceAccountToken", True)),),
    ),
    "a-secret-in-the-environment": Mutation(
        "test_no_secret_stands_where_others_read",
        _web(
            (
                "add",
                "/env",
                [
                    {
                        "name": "PASSWORD",
                        "valueFrom": {"secretKeyRef": {"name": "mongodb-credentials", "key": "password"}},
                    }
                ],
            )
        ),
    ),
    "no-startup-probe": Mutation(
        "test_a_slow_start_is_no_reason_to_kill and web", _web(("remove", "/startupProbe", None))
    ),
    "readiness-asks-nobody": Mutation(
        "test_web_outlives_its_database", _web(("replace", "/readinessProbe/httpGet/path", "/livez"))
    ),
    "liveness-asks-the-database": Mutation(
        "test_web_outlives_its_database", _web(("replace", "/livenessProbe/httpGet/path", "/readyz"))
    ),
    "no-liveness-of-the-collector": Mutation(
        "test_a_stuck_process_is_restarted",
        (_patch("Deployment", "collector", ("remove", f"{_CONTAINER}/livenessProbe", None)),),
    ),
    "pods-of-any-kind": Mutation(
        "test_a_pod_that_asks_for_more_is_refused",
        (
            _patch(
                "Namespace",
                NAMESPACE,
                ("replace", "/metadata/labels/pod-security.kubernetes.io~1enforce", "privileged"),
            ),
        ),
    ),
}
