"""The folder of another service, under the policies on a real Kyverno."""

import copy

from fixtures.adopted import SPACE, Adoption, remove
from fixtures.policies import Enforcement
from fixtures.table import Seen
from harness.api import all_at_once
from harness.cluster import Object
from harness.judging import refusers_of
from harness.kyverno import ENFORCED
from harness.rendering import documents
from harness.waiting import wait_for


def test_another_service_passes_and_a_broken_one_does_not(
    enforcement: Enforcement, adoption: Adoption, seen: Seen
) -> None:
    """Each object that was rendered for it is accepted as new; with one field broken its web is refused for that."""
    objects = documents(adoption.manifest)
    space = next(each for each in objects if each["kind"] == "Namespace")
    space["metadata"]["labels"][ENFORCED] = "true"
    others = [each for each in objects if each["kind"] != "Namespace"]
    assert enforcement.api.create(space, dry_run=False).accepted
    try:
        wait_for("Kyverno to hold there", lambda: _refusers(enforcement, _as_root(others)), timeout=60)
        assert _refusers(enforcement, _as_root(others)) == {"run-as-non-root"}
        came = all_at_once(enforcement.api.create, others)
        refused = [f"{each['kind']}: {a.message}" for each, a in zip(others, came, strict=True) if not a.accepted]
        assert not refused, "\n".join(refused)
    finally:
        remove(enforcement.cluster)
    seen(f"{len(others)} objects in {SPACE} accepted; as root: refused by run-as-non-root")


def _refusers(enforcement: Enforcement, found: Object) -> set[str]:
    return refusers_of(enforcement.api.create(found))


def _as_root(objects: list[Object]) -> Object:
    web = next(each for each in objects if each["kind"] == "Deployment")
    broken = copy.deepcopy(web)
    broken["spec"]["template"]["spec"]["securityContext"] |= {"runAsUser": 0, "runAsNonRoot": False}
    del broken["spec"]["template"]["spec"]["containers"][0]["securityContext"]["runAsNonRoot"]
    return broken
