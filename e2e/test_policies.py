"""The policies on a real Kyverno: what they let pass, and which of them refuses what."""

import copy
from collections.abc import Iterable

from proofs.folders import folders

from fixtures.deployment import Deployment
from fixtures.policies import Enforcement
from fixtures.table import Seen
from harness.api import all_at_once
from harness.cluster import Object
from harness.judging import Verdict
from harness.kyverno import not_ready
from harness.places import NAMESPACE
from harness.rendering import documents
from harness.staging import SPARE
from harness.waiting import wait_for
from harness.workloads import KINDS, rolled_out


def test_good_examples_pass(enforcement: Enforcement, seen: Seen) -> None:
    """Nothing refuses the examples that satisfy every policy, as pods and through each controller."""
    seen(_right(each for each in enforcement.verdicts if each.attempt.id.startswith("good/")))


def test_bad_cases_are_refused_on_create(enforcement: Enforcement, seen: Seen) -> None:
    """Each bad case is refused by its own policy and no other, as a pod and through each controller."""
    seen(_right(each for each in enforcement.verdicts if _is_bad(each) and each.attempt.operation == "CREATE"))


def test_bad_cases_are_refused_on_update(enforcement: Enforcement, seen: Seen) -> None:
    """A good object that is there cannot become a bad one: the same policy refuses the change."""
    verdicts = [each for each in enforcement.verdicts if _is_bad(each) and each.attempt.operation != "CREATE"]
    seen(_right(each for each in verdicts if not each.attempt.subresource))


def test_subresources_are_no_way_round(enforcement: Enforcement, seen: Seen) -> None:
    """What kubectl debug and a resize ask for on pods/ephemeralcontainers and pods/resize obeys the same rules."""
    verdicts = [each for each in enforcement.verdicts if each.attempt.subresource and _is_bad(each)]
    assert {each.attempt.subresource for each in verdicts} >= {"ephemeralcontainers", "resize"}
    seen(_right(verdicts))


def test_old_violations_are_kept_and_new_ones_are_not(enforcement: Enforcement, seen: Seen) -> None:
    """What violated a policy before it came can be labelled, scaled and let go, but not made worse."""
    kept = {f"{folder.name}/{case.case}" for folder in folders() for case in folder.kept}
    seen(_right(each for each in enforcement.verdicts if each.attempt.id.rpartition("/")[0] in kept))


def test_every_bypass_is_refused(enforcement: Enforcement, seen: Seen) -> None:
    """What gets past published policies does not get past these: each is refused by the policy that it names."""
    verdicts = [each for each in enforcement.verdicts if each.attempt.id.startswith("bypasses/")]
    assert len(verdicts) >= 40
    seen(_right(verdicts))


def test_kyverno_may_read_what_it_judges(enforcement: Enforcement, seen: Seen) -> None:
    """Every policy is in a webhook, and the reports controller may read what it matches; reports of old ones appear."""
    assert not_ready(enforcement.cluster) == []
    results = wait_for("a report of what was there before", lambda: _failures(enforcement), timeout=180)
    seen(f"{len(enforcement.names)} policies ready; reports name violations of {len(results)} of them")


def test_our_deployment_passes(enforcement: Enforcement, deployment: Deployment, seen: Seen) -> None:
    """Every object of the overlay is accepted as new, and every pod of ours is made anew under the policies."""
    found = [each for each in documents(deployment.manifest) if each["metadata"].get("namespace") == NAMESPACE]
    came = all_at_once(lambda each: enforcement.api.create(_elsewhere(each)), found)
    refused = [f"{each['kind']}: {a.message}" for each, a in zip(found, came, strict=True) if not a.accepted]
    assert not refused, "\n".join(refused)
    for name, kind in KINDS.items():
        enforcement.cluster.kubectl("rollout", "restart", "-n", NAMESPACE, f"{kind}/{name}")
    rolled_out(enforcement.cluster, *KINDS, timeout=240)
    seen(f"{len(found)} objects, and {', '.join(KINDS)} restarted")


def _failures(enforcement: Enforcement) -> set[str]:
    """The policies that a PolicyReport says some object of the stages violates."""
    reports = enforcement.cluster.items("policyreports.wgpolicyk8s.io", "-A")
    failed = [row for report in reports for row in report.get("results", []) if row["result"] == "fail"]
    assert not [r for r in reports if r["metadata"]["namespace"] == NAMESPACE and r["summary"].get("fail")]
    return {row["policy"] for row in failed}


def _is_bad(verdict: Verdict) -> bool:
    return bool(verdict.attempt.refused_by) and not verdict.attempt.id.startswith("bypasses/")


def _right(verdicts: Iterable[Verdict]) -> str:
    """How many there are; fails with those that came out wrong."""
    every = list(verdicts)
    found = [each for each in every if each.is_possible]
    assert found, "nothing was tried"
    wrong = [str(each) for each in found if not each.is_right]
    assert not wrong, f"{len(wrong)} of {len(found)}:\n" + "\n".join(wrong)
    policies = {each.attempt.refused_by for each in found} - {""}
    invalid = f", {len(every) - len(found)} more are invalid anyway" if len(every) > len(found) else ""
    return f"{len(found)} attempts" + (f" on {len(policies)} policies" if policies else "") + invalid


def _elsewhere(found: Object) -> Object:
    """The object in a namespace where it is new: a change that changes nothing is always accepted."""
    made = copy.deepcopy(found)
    made["metadata"]["namespace"] = SPARE
    return made
