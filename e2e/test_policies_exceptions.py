"""Exceptions: what one opens, that it opens nothing else, and that no namespace's admin can have one."""

from proofs.folders import examples, identity

from fixtures.policies import Enforcement
from fixtures.table import Seen
from harness.api import Api
from harness.cluster import Object
from harness.exceptions import POLICY, exception
from harness.judging import refusers_of
from harness.kyverno import ENFORCED
from harness.staging import EXCEPTIONS, SPARE
from harness.waiting import wait_for

_ADMIN = "ann"


def _root(name: str) -> Object:
    """The good pod, which may be root, under another name."""
    pod: Object = next(each for each in examples() if identity(each) == "Pod/web")
    context = {**pod["spec"]["securityContext"], "runAsNonRoot": False}
    metadata = {**pod["metadata"], "name": name, "namespace": SPARE}
    return {**pod, "metadata": metadata, "spec": {**pod["spec"], "securityContext": context}}


def _is_refused(api: Api, name: str) -> bool:
    return refusers_of(api.create(_root(name))) == {POLICY}


def test_an_exception_opens_one_door(enforcement: Enforcement, seen: Seen) -> None:
    """In the namespace for exceptions it lets one workload through, no other, and only while it is there."""
    api = enforcement.api
    assert _is_refused(api, "old")
    answer = api.create(exception(EXCEPTIONS, "old"), dry_run=False)
    assert answer.accepted, answer.message
    try:
        wait_for("the exception to count", lambda: not _is_refused(api, "old"), timeout=30)
        assert _is_refused(api, "new")
    finally:
        api.delete(exception(EXCEPTIONS, "old"), dry_run=False)
    wait_for("the exception to end", lambda: _is_refused(api, "old"), timeout=30)
    seen("one pod passes, another does not, and neither does afterwards")


def test_an_exception_needs_an_end(enforcement: Enforcement, seen: Seen) -> None:
    """Without a date, or with one that is far away, it is refused when it is written."""
    answers = [enforcement.api.create(exception(EXCEPTIONS, "old", days=days)) for days in (None, 400)]
    assert [refusers_of(each) for each in answers] == [{"exceptions-bounded"}] * 2
    seen("refused by exceptions-bounded")


def test_an_exception_elsewhere_counts_for_nothing(enforcement: Enforcement, seen: Seen) -> None:
    """In another namespace it is refused, and one that was there before the policies opens nothing."""
    answer = enforcement.api.create(exception(SPARE, "old"))
    assert refusers_of(answer) == {"exceptions-bounded"}, answer.message
    assert enforcement.api.read(exception(SPARE, "elsewhere")).accepted
    assert _is_refused(enforcement.api, "elsewhere")
    seen("refused by exceptions-bounded; an older one is not looked at")


def test_an_admin_of_a_namespace_cannot_exempt_himself(enforcement: Enforcement, seen: Seen) -> None:
    """Admin of one namespace: no exception anywhere, no policy of his own, no other label, no open network."""
    binding = ("-n", SPARE, "rolebinding", "gleaner-e2e-admin", "--clusterrole=admin", f"--user={_ADMIN}")
    enforcement.cluster.kubectl("create", *binding)
    api = enforcement.api.acting_as(_ADMIN)
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    metadata = {"name": "enforced-default-deny", "namespace": SPARE}
    tried = {
        "an exception in his namespace": api.create(exception(SPARE, "old")),
        "an exception where they count": api.create(exception(EXCEPTIONS, "old")),
        "a policy that mutates": api.create(_mutating()),
        "his namespace without the label": api.merge(_space(), {"metadata": {"labels": {ENFORCED: None}}}),
        "the default deny, opened": api.merge({**policy, "metadata": metadata}, {"spec": {"egress": [{}]}}),
        "the default deny, removed": api.delete({**policy, "metadata": metadata}),
        "the policies themselves": api.delete(_policy()),
    }
    assert _is_refused(api, "old"), "he may make pods, so that it is the policy that refuses this one"
    passed = [what for what, answer in tried.items() if answer.accepted or answer.status not in {403, 400}]
    assert not passed, passed
    seen(f"{len(tried)} ways are closed")


def test_nobody_takes_a_namespace_out(enforcement: Enforcement, seen: Seen) -> None:
    """The label stays, even against the administrator, while the policies are there."""
    answers = [
        enforcement.api.merge(_space(), {"metadata": {"labels": {ENFORCED: value}}}) for value in (None, "false")
    ]
    assert [refusers_of(each) for each in answers] == [{"namespace-pod-security"}] * 2
    seen("removing and changing it are refused by namespace-pod-security")


def _space() -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPARE}}


def _policy() -> Object:
    name = {"name": POLICY}
    return {"apiVersion": "policies.kyverno.io/v1", "kind": "ValidatingPolicy", "metadata": name}


def _mutating() -> Object:
    metadata = {"name": "mine", "namespace": SPARE}
    return {"apiVersion": "policies.kyverno.io/v1", "kind": "NamespacedMutatingPolicy", "metadata": metadata}
