"""The evaluator itself: matching, the rewriting for controllers, errors, and the functions of Kubernetes."""

from typing import Any

import pytest

from proofs import autogen
from proofs.attempts import Attempt
from proofs.expressions import CLUSTER, Failed, value
from proofs.folders import Object
from proofs.judging import Rule, judge
from proofs.matching import matches, resource_of

DIGEST = f"sha256:{'0' * 64}"
POD: Object = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"a": 1}}
ROLE: Object = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "system:x"}}
PODS: Object = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}


def rule(*validations: str, **spec: object) -> Rule:
    constraints = {"matchConstraints": {"resourceRules": [PODS]}}
    checks = {"validations": [{"expression": each, "message": each} for each in validations]}
    return Rule.of({"metadata": {"name": "rule"}, "spec": constraints | checks | spec})


def result(some: Rule, thing: Object = POD, **circumstances: Any) -> str | None:
    verdict = judge(some, Attempt(id="", object=thing, **circumstances))
    return verdict.result if verdict else None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("quantity('1Gi').compareTo(quantity('1G'))", 1),
        ("quantity('500m').isLessThan(quantity('1'))", True),
        ("quantity('1e3').isGreaterThan(quantity('1k'))", False),
        ("isQuantity('a lot')", False),
        ("cidr('10.0.0.0/8').prefixLength()", 8),
        ("cidr('10.0.0.0/8').containsIP('10.1.1.1')", True),
        ("cidr('10.0.0.0/8').containsCIDR('10.0.0.0/7')", False),
        ("cidr('::/0').ip().family()", 6),
        ("cidr('::/0').containsCIDR('10.0.0.0/8')", False),
        ("isCIDR('10.0.0.1')", False),
        ("parseImageReference('nginx').registry()", "index.docker.io"),
        ("parseImageReference('nginx').repository()", "library/nginx"),
        ("parseImageReference('nginx').identifier()", "latest"),
        ("parseImageReference('docker.io/nginx').repository()", "library/nginx"),
        (f"parseImageReference('ghcr.io/a/b:1@{DIGEST}').identifier()", f"1@{DIGEST}"),
        (f"parseImageReference('ghcr.io/a/b@{DIGEST}').tag()", ""),
        (f"parseImageReference('ghcr.io/a/b@{DIGEST}').containsDigest()", True),
        ("isImage('UPPER/case')", False),
        ("isImage('a b')", False),
        ("isImage('localhost:5000/x')", False),
        ("user.parseServiceAccount('system:serviceaccount:a:b').Name", "b"),
        ("[[1], [2]].flatten().sum()", 3),
        ("[1, 1, 2].distinct().size()", 2),
        ("sets.contains([1, 2], [1])", True),
        ("sets.intersects([1, 2], [3])", False),
        ("'abc'.find('b.')", "bc"),
        ("time.now() == timestamp('2026-01-01T00:00:00Z')", True),
    ],
)
def test_a_function_answers_as_kyverno_does(expression: str, expected: object) -> None:
    """The answers are those that Kyverno's own program 1.19.1 gave to the same expressions; the clock stands."""
    assert value(expression, {}) == expected


@pytest.mark.parametrize("expression", ["quantity('x')", "cidr('10.0.0.1')", "parseImageReference('a b')", "nobody"])
def test_what_cannot_be_evaluated_is_an_error(expression: str) -> None:
    """A text that is no quantity, block or image ends in an error, and so does an unknown name."""
    with pytest.raises(Failed):
        value(expression, {})


def test_the_first_false_validation_decides() -> None:
    """As in Kyverno, later validations are not looked at."""
    verdict = judge(rule("true", "object.spec.a == 2", "object.spec.b"), Attempt(id="", object=POD))
    assert verdict
    assert (verdict.result, verdict.index, verdict.message) == ("fail", 1, "object.spec.a == 2")


def test_a_missing_key_is_an_error_unless_something_else_decides() -> None:
    """Reading what is not there errs; `||` hides it where the other side is true, also behind a variable."""
    variables = [{"name": "b", "expression": "object.spec.b"}]
    assert result(rule("object.spec.b")) == "error"
    assert result(rule("variables.b", variables=variables)) == "error"
    assert result(rule("variables.b || object.spec.a == 1", variables=variables)) == "pass"


def test_a_condition_that_is_false_ends_it() -> None:
    """A policy whose matchConditions do not hold says nothing of the object."""
    assert result(rule("false", matchConditions=[{"name": "never", "expression": "false"}])) == "skip"


def controller(kind: str, template: Object) -> Object:
    group = "batch/v1" if kind == "CronJob" else "apps/v1"
    spec = {"jobTemplate": {"spec": {"template": template}}} if kind == "CronJob" else {"template": template}
    return {"apiVersion": group, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}, "spec": spec}


@pytest.mark.parametrize("kind", ["Deployment", "CronJob"])
def test_a_rule_for_pods_looks_into_templates(kind: str) -> None:
    """`object.spec` and `object.metadata` mean the template, except for the namespace."""
    thing = controller(kind, {"metadata": {"labels": {"a": "b"}}, "spec": {"a": 1}})
    assert result(rule("object.spec.a == 1 && object.metadata.labels.a == 'b'"), thing) == "pass"
    assert result(rule("object.metadata.namespace == 'shop'"), thing) == "pass"


@pytest.mark.parametrize("expression", ["object.?spec.?a.hasValue()", "object['spec'][?'a'].hasValue()"])
def test_other_ways_to_write_it_are_not_rewritten(expression: str) -> None:
    """Kyverno replaces text: what is written otherwise looks at the controller, and so does the evaluator."""
    assert result(rule(expression)) == "pass"
    assert result(rule(expression), controller("Deployment", {"spec": {"a": 1}})) == "fail"


@pytest.mark.parametrize(
    "change",
    [
        {"resourceRules": [PODS | {"resources": ["pods", "pods/ephemeralcontainers"]}]},
        {"resourceRules": [PODS, PODS]},
        {"resourceRules": [PODS | {"resourceNames": ["web"]}]},
        {"objectSelector": {"matchLabels": {"a": "b"}}},
        {"excludeResourceRules": [PODS]},
    ],
    ids=["two-resources", "two-rules", "names", "selector", "exclusion"],
)
def test_what_switches_the_rewriting_off(change: Object) -> None:
    """With another resource, rule, name, selector or exclusion, Kyverno silently judges no controller."""
    plain: Object = {"matchConstraints": {"resourceRules": [PODS]}}
    assert autogen.applies(plain)
    assert not autogen.applies({"matchConstraints": plain["matchConstraints"] | change})


def concerned(match: Object, thing: Object = POD, **circumstances: Any) -> bool:
    return matches({"resourceRules": [PODS]} | match, Attempt(id="", object=thing, **circumstances))


def test_matching() -> None:
    """Rules, operations, subresources, names, selectors and exclusions choose as in Kubernetes."""
    subresource = {"resourceRules": [PODS | {"resources": ["pods/resize"]}]}
    labelled = {"namespaceSelector": {"matchLabels": {"in": "yes"}}}
    assert concerned({})
    assert not concerned({}, operation="DELETE")
    assert not concerned({}, subresource="resize")
    assert concerned(subresource, subresource="resize")
    assert not concerned(subresource)
    assert concerned(labelled, namespace={"in": "yes"})
    assert not concerned(labelled, namespace={})
    assert not concerned({"excludeResourceRules": [PODS | {"resourceNames": ["web"]}]})
    assert concerned({"excludeResourceRules": [PODS | {"resourceNames": ["other"]}]})
    assert not concerned({"objectSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}})


def test_what_is_in_no_namespace_is_chosen_always() -> None:
    """A selector of namespaces leaves out no ClusterRole; a Namespace is chosen by its own labels."""
    every: Object = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}
    match: Object = {"resourceRules": [every], "namespaceSelector": {"matchLabels": {"in": "yes"}}}
    space: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"in": "yes"}}}
    assert concerned(match, ROLE, namespace={})
    assert concerned(match, space, namespace={})
    assert not concerned(match, space | {"metadata": {"name": "shop"}})


@pytest.mark.parametrize(
    ("kind", "plural"),
    [("NetworkPolicy", "networkpolicies"), ("Ingress", "ingresses"), ("Gateway", "gateways"), ("Pod", "pods")],
)
def test_plurals(kind: str, plural: str) -> None:
    """The plural of each kind that rules are about."""
    assert resource_of({"apiVersion": "v1", "kind": kind})[2] == plural


def test_rules_look_up_what_the_case_says_is_there() -> None:
    """`resource.get` finds an object or null, `resource.list` those of one namespace."""
    token = CLUSTER.set([POD])
    try:
        assert value("resource.get('v1', 'pods', 'shop', 'web').spec.a", {}) == 1
        assert value("resource.get('v1', 'pods', 'shop', 'other') == null", {}) is True
        assert value("resource.list('v1', 'pods', 'shop').items.size()", {}) == 1
        assert value("resource.list('v1', 'pods', 'elsewhere').items.size()", {}) == 0
    finally:
        CLUSTER.reset(token)
