"""Whether a policy concerns a request: the rules, exclusions and selectors of matchConstraints."""

from typing import Any

from proofs.attempts import Attempt
from proofs.folders import Object

_CLUSTER = {
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "StorageClass",
    "GatewayClass",
    "IngressClass",
    "PersistentVolume",
}
_OWNERS = {"Scale": ("apps", "v1", "deployments")}


def namespaced(thing: Object) -> bool:
    return thing["kind"] not in _CLUSTER


def resource_of(thing: Object) -> tuple[str, str, str]:
    """Group, version and plural: NetworkPolicy is networkpolicies, Ingress is ingresses, Gateway is gateways."""
    kind = thing["kind"]
    if kind in _OWNERS:
        return _OWNERS[kind]
    group, _, version = thing["apiVersion"].rpartition("/")
    name = kind.lower()
    if name.endswith("y") and name[-2] not in "aeiou":
        return group, version, f"{name[:-1]}ies"
    return group, version, f"{name}es" if name.endswith("s") else f"{name}s"


def matches(match: Object, attempt: Attempt) -> bool:
    return (
        any(_concerns(rule, attempt) for rule in match.get("resourceRules", []))
        and not any(_concerns(rule, attempt) for rule in match.get("excludeResourceRules", []))
        and _in_namespace(match.get("namespaceSelector"), attempt)
        and any(
            selected(match.get("objectSelector"), labels_of(each)) for each in (attempt.object, attempt.old) if each
        )
    )


def labels_of(thing: Object) -> dict[str, str]:
    return thing["metadata"].get("labels") or {}


def selected(selector: Object | None, labels: dict[str, str]) -> bool:
    selector = selector or {}
    return all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items()) and all(
        _holds(each, labels) for each in selector.get("matchExpressions") or []
    )


def _holds(expression: Object, labels: dict[str, str]) -> bool:
    key, values = expression["key"], expression.get("values", [])
    return {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }[expression["operator"]]


def _in_namespace(selector: Object | None, attempt: Attempt) -> bool:
    """A Namespace is chosen by its own labels; what is in no namespace is chosen always."""
    if attempt.object["kind"] == "Namespace":
        return selected(selector, labels_of(attempt.object))
    return not namespaced(attempt.object) or selected(selector, attempt.namespace)


def _concerns(rule: Object, attempt: Attempt) -> bool:
    group, version, plural = resource_of(attempt.object)
    names: list[Any] = rule.get("resourceNames") or ["*"]
    return (
        _in(group, rule["apiGroups"])
        and _in(version, rule["apiVersions"])
        and _in(attempt.operation, rule.get("operations", ["*"]))
        and _resource(plural, attempt.subresource, rule["resources"])
        and _in(attempt.object["metadata"].get("name"), names)
        and rule.get("scope", "*") in {"*", "Namespaced" if namespaced(attempt.object) else "Cluster"}
    )


def _in(value: str | None, allowed: list[str]) -> bool:
    return "*" in allowed or value in allowed


def _resource(plural: str, subresource: str, patterns: list[str]) -> bool:
    """`*` is every resource without its subresources, `pods/*` and `*/scale` are what they look like."""
    if not subresource:
        return any(pattern in {plural, "*", "*/*"} for pattern in patterns)
    return any(pattern in {f"{plural}/{subresource}", f"{plural}/*", f"*/{subresource}", "*/*"} for pattern in patterns)
