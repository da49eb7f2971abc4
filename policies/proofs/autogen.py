"""What kyverno makes of a rule for pods so that it holds for their controllers: a replacement in the rule's text."""

import json
import re

from proofs.folders import Object

_TEMPLATE = {
    "spec.template": {
        "deployments": "apps",
        "statefulsets": "apps",
        "daemonsets": "apps",
        "replicasets": "apps",
        "jobs": "batch",
    },
    "spec.jobTemplate.spec.template": {"cronjobs": "batch"},
}
_PODS = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}


def specs(policy: Object) -> list[Object]:
    """The specification of a policy, and those that are made of it for controllers."""
    spec = policy["spec"]
    return [spec, *(_rewritten(spec, path, groups) for path, groups in _TEMPLATE.items() if applies(spec))]


def applies(spec: Object) -> bool:
    """Only for one rule on pods alone, without names, objectSelector and exclusions."""
    match = spec["matchConstraints"]
    rules = match.get("resourceRules", [])
    plain = len(rules) == 1 and all(rules[0].get(key) == value for key, value in _PODS.items())
    return plain and not any(
        (match.get("objectSelector"), match.get("excludeResourceRules"), rules[0].get("resourceNames"))
    )


def _rewritten(spec: Object, path: str, groups: dict[str, str]) -> Object:
    named = spec.get("autogen", {}).get("podControllers", {}).get("controllers")
    chosen = {name: group for name, group in groups.items() if named is None or name in named}
    text = json.dumps(spec)
    for field in ("spec", "metadata"):
        text = re.sub(rf"object\.{field}(?!\.namespace(?!\w))", f"object.{path}.{field}", text)
        text = re.sub(rf"oldObject\.{field}(?!\.namespace(?!\w))", f"oldObject.{path}.{field}", text)
    made: Object = json.loads(text)
    match = spec["matchConstraints"]
    made["matchConstraints"] = {key: value for key, value in match.items() if key == "namespaceSelector"} | {
        "resourceRules": [
            {
                "apiGroups": [group],
                "apiVersions": ["v1"],
                "resources": [name],
                "operations": match["resourceRules"][0]["operations"],
            }
            for name, group in chosen.items()
        ]
    }
    return made
