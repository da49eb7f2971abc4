"""Each folder of a policy is whole, and the README tells of all."""

import re

import pytest

from proofs import table
from proofs.attempts import of_folder
from proofs.checking import VALIDATING, rules_of, verdicts
from proofs.folders import ROOT, Folder, Object, documents, folders, names

_SECTIONS = ("## What", "## Why", "## Exemption", "## Costs", "## What it cannot see")
_KYVERNO = ("title", "category", "severity", "description")
_MOST = 300  # lines


@pytest.fixture(params=names())
def folder(request: pytest.FixtureRequest) -> Folder:
    return next(each for each in folders() if each.name == request.param)


def test_the_readme_of_a_folder_answers_every_question(folder: Folder) -> None:
    """What the rule is and why, how to be exempted, what it costs and what it cannot see, in this order."""
    lines = (ROOT / folder.name / "README.md").read_text().splitlines()
    assert lines[0].startswith("# ")
    assert [line for line in lines if line in _SECTIONS] == list(_SECTIONS)


def test_a_policy_says_what_it_is_and_what_it_stands_beside(folder: Folder) -> None:
    """Every document has the annotations that Kyverno shows and those of the table."""
    wanted = {f"policies.kyverno.io/{each}" for each in _KYVERNO} | {
        f"gleaner.example/{each}" for each in table.ANNOTATIONS
    }
    for policy in folder.policies:
        assert policy["apiVersion"] == "policies.kyverno.io/v1"
        assert wanted <= {key for key, text in policy["metadata"]["annotations"].items() if text.strip()}


def test_each_validation_refuses_something(folder: Folder) -> None:
    """There is at least one bad case that each validation of each document decides."""
    decided, own = set(), rules_of([folder])
    for attempt in of_folder(folder):
        if attempt.refused_by and (verdict := verdicts(attempt, own).get(attempt.refused_by)):
            decided.add((attempt.refused_by, verdict.index))
    assert decided == {place for policy in folder.policies for place in _validations(policy)}


def _validations(policy: Object) -> set[tuple[str, int]]:
    count = len(policy["spec"]["validations"]) if policy["kind"] == VALIDATING else 0
    return {(policy["metadata"]["name"], index) for index in range(count)}


def test_an_update_of_what_was_there_before_is_tried(folder: Folder) -> None:
    """Rules that hold for updates have cases of updates: some that pass and some that do not."""
    updated = {
        policy["metadata"]["name"]
        for policy in folder.policies
        if policy["kind"] == VALIDATING
        and any("UPDATE" in rule["operations"] for rule in policy["spec"]["matchConstraints"]["resourceRules"])
    }
    tried = {(folder.document(case), case.allowed) for case in folder.kept}
    assert {name for name, _ in tried} >= updated
    assert {allowed for _, allowed in tried} == ({True, False} if updated else set())


def test_namespaces_are_chosen_by_label(folder: Folder) -> None:
    """What is in a namespace is judged only where the label says so; exceptions and what has no namespace always."""
    everywhere = {"clusterroles", "clusterrolebindings", "namespaces", "policyexceptions"}
    for policy in folder.policies:
        match = policy["spec"]["matchConstraints"]
        matched = {name for rule in match["resourceRules"] for name in rule["resources"]}
        chosen = match.get("namespaceSelector") == {"matchLabels": {"policies.gleaner.example/enforced": "true"}}
        assert chosen or matched <= everywhere


def test_the_base_names_every_folder() -> None:
    """A folder that the base forgets would be proved and never applied."""
    (base,) = documents(ROOT / "base/kustomization.yaml")
    assert base["resources"] == [f"../{name}" for name in names()]


def test_the_table_is_the_one_of_today() -> None:
    """The README holds the table that the folders make: `python -m proofs table` writes it."""
    text = table.README.read_text()
    assert table.renewed(text) == text


def test_links_of_the_readmes_lead_somewhere() -> None:
    """Each relative link of a README of the policies names a file."""
    for path in [ROOT / "README.md", *ROOT.glob("*/README.md")]:
        links = re.findall(r"\]\(([^)#:]+)\)", path.read_text())
        assert not [link for link in links if not (path.parent / link).exists()], path


def test_modules_stay_small() -> None:
    """No module of the proofs is longer than a person reads."""
    paths = [*(ROOT / "proofs").glob("*.py"), *(ROOT / "tests").glob("*.py")]
    assert not [path.name for path in paths if len(path.read_text().splitlines()) > _MOST]
