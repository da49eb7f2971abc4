"""The parameter `digests`: what the rule on images says when a tag is not enough."""

import copy

import pytest

from proofs.attempts import Attempt
from proofs.folders import Object, examples, folders
from proofs.judging import Rule, judge

_DIGEST = "sha256:" + "0123456789abcdef" * 4


def _requiring_digests(name: str) -> Rule:
    policy = copy.deepcopy(
        next(each for folder in folders() for each in folder.policies if each["metadata"]["name"] == name)
    )
    next(each for each in policy["spec"]["variables"] if each["name"] == "digests")["expression"] = "true"
    return Rule.of(policy)


def _debugged(image: str) -> Object:
    pod = copy.deepcopy(next(each for each in examples() if each["metadata"]["name"] == "debugged"))
    for container in [*pod["spec"]["containers"], *pod["spec"]["ephemeralContainers"]]:
        container["image"] = image
    return pod


@pytest.mark.parametrize(
    ("tag", "result"), [(":1.4.2", "fail"), ("", "fail"), (f"@{_DIGEST}", "pass"), (f":1.4.2@{_DIGEST}", "pass")]
)
@pytest.mark.parametrize(("policy", "subresource"), [("images", ""), ("ephemeral-containers", "ephemeralcontainers")])
def test_a_tag_is_not_enough_where_digests_are_asked_for(policy: str, subresource: str, tag: str, result: str) -> None:
    """With `digests` an image passes by its digest only, in a pod and in a container that is added to it."""
    pod = _debugged(f"registry.example.com/shop/web{tag}")
    old = _debugged("registry.example.com/shop/web:1") | {"spec": pod["spec"] | {"ephemeralContainers": []}}
    operation = "UPDATE" if subresource else "CREATE"
    attempt = Attempt(
        id=tag, object=pod, operation=operation, old=old if subresource else None, subresource=subresource
    )
    verdict = judge(_requiring_digests(policy), attempt)
    assert verdict is not None
    assert verdict.result == result
    assert result == "pass" or "digest" in verdict.message
