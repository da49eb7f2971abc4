"""What the rules say of a request, by the evaluator; in kyverno's order: match, conditions, first false validation."""

from dataclasses import dataclass
from typing import Any

from proofs import autogen, expressions
from proofs.attempts import Attempt
from proofs.expressions import CLUSTER, Failed, value
from proofs.folders import Object
from proofs.matching import matches, namespaced, resource_of


@dataclass(frozen=True)
class Verdict:
    """`result` is pass, fail, error or, by a condition, skip; `index` is the validation that decided."""

    result: str
    index: int = -1
    message: str = ""


@dataclass(frozen=True)
class Rule:
    """A ValidatingPolicy with what kyverno makes of it for controllers."""

    name: str
    specs: tuple[Object, ...]

    @classmethod
    def of(cls, policy: Object) -> "Rule":
        return cls(policy["metadata"]["name"], tuple(autogen.specs(policy)))


def judge(rule: Rule, attempt: Attempt) -> Verdict | None:
    """None when the rule does not concern the request."""
    for spec in rule.specs:
        if matches(spec["matchConstraints"], attempt):
            return _judged(spec, attempt)
    return None


def _judged(spec: Object, attempt: Attempt) -> Verdict:
    token = CLUSTER.set(attempt.cluster)
    try:
        data = _data(attempt)
        if not all(value(each["expression"], data) is True for each in spec.get("matchConditions", [])):
            return Verdict("skip")
        _add_variables(spec, data)
        return _first_false(spec, data)
    except Failed as wrong:
        return Verdict("error", message=str(wrong))
    finally:
        CLUSTER.reset(token)


def _add_variables(spec: Object, data: Object) -> None:
    """Kyverno evaluates a variable when it is read: one that fails is missing here, and reading it fails."""
    for variable in spec.get("variables", []):
        expressions.compiled(variable["expression"])
        try:
            found = value(variable["expression"], data)
        except Failed:
            continue
        data["variables"] = {**data["variables"], variable["name"]: found}


def _first_false(spec: Object, data: Object) -> Verdict:
    for index, validation in enumerate(spec["validations"]):
        try:
            holds = value(validation["expression"], data)
        except Failed as wrong:
            return Verdict("error", index, str(wrong))
        if not isinstance(holds, bool):
            return Verdict("error", index, f"{validation['expression']} is {holds!r}, not true or false")
        if not holds:
            return Verdict("fail", index, _message(validation, data))
    return Verdict("pass")


def _message(validation: Object, data: Object) -> str:
    if "messageExpression" in validation:
        return str(value(validation["messageExpression"], data))
    return str(validation.get("message", "")).strip()


def _data(attempt: Attempt) -> dict[str, Any]:
    removed = attempt.operation == "DELETE"
    labels = attempt.namespace
    name = attempt.object["metadata"].get("namespace", "")
    return {
        "object": None if removed else attempt.object,
        "oldObject": attempt.old,
        "request": _request(attempt),
        "namespaceObject": {"metadata": {"name": name, "labels": labels}} if namespaced(attempt.object) else None,
        "variables": {},
        "exceptions": {"allowedImages": [], "allowedValues": []},
    }


def _request(attempt: Attempt) -> Object:
    group, version, plural = resource_of(attempt.object)
    kind = {"group": group, "version": version, "kind": attempt.object["kind"]}
    resource = {"group": group, "version": version, "resource": plural}
    return {
        "operation": attempt.operation,
        "name": attempt.object["metadata"].get("name", ""),
        "namespace": attempt.object["metadata"].get("namespace", ""),
        "kind": kind,
        "resource": resource,
        "userInfo": {"username": attempt.user.username, "groups": list(attempt.user.groups)},
        "dryRun": False,
    } | ({"subResource": attempt.subresource} if attempt.subresource else {})
