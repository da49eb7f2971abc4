"""The service accounts can do nothing."""

from rendered.kustomize import Object
from rendered.objects import ident, of_kind, workloads

KINDS = ("ServiceAccount", "ClusterRole", "Deployment", "StatefulSet")
_RIGHTS = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
_WRITES = {"create", "delete", "deletecollection", "patch", "bind", "escalate", "impersonate", "*"}


def test_nothing_of_ours_has_a_right(ours: tuple[Object, ...]) -> None:
    """No role is defined or bound."""
    assert not [ident(each) for each in of_kind(ours, *_RIGHTS)]


def test_every_pod_has_an_account_of_its_own(ours: tuple[Object, ...]) -> None:
    """Not `default`, which somebody may give rights; and no two kinds of pods share one."""
    accounts = [one.spec.get("serviceAccountName", "default") for one in workloads(ours)]
    assert sorted(accounts) == sorted({one.object["metadata"]["name"] for one in workloads(ours)})


def test_accounts_hand_out_no_token(ours: tuple[Object, ...]) -> None:
    """Also for a pod that somebody adds with the same account."""
    problems = [
        ident(each)
        for each in of_kind(ours, "ServiceAccount")
        if each.get("automountServiceAccountToken") is not False or each.get("secrets")
    ]
    assert not problems


def test_the_ingress_controller_only_reads(objects: tuple[Object, ...]) -> None:
    """What it writes are states of what it reads."""
    problems = []
    for role in of_kind(objects, "ClusterRole", "Role"):
        for rule in role["rules"]:
            if _WRITES & set(rule["verbs"]) or "*" in rule["resources"] or "*" in rule["apiGroups"]:
                problems.append(f"{ident(role)}: {rule}")
            if "update" in rule["verbs"] and not all(each.endswith("/status") for each in rule["resources"]):
                problems.append(f"{ident(role)}: {rule}")
    assert not problems, "\n".join(problems)
