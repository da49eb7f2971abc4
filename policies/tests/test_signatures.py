"""The policy of signatures is one, fits the release workflow's identity alone, and refuses where it cannot look."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from proofs.folders import ROOT, documents
from rendered.schemas import closed

POLICY = ROOT / "signatures/policy.yaml"
_REGISTRY = "registry.invalid/owner"
_HOME = "https://github.com/OWNER/gleaner"
_DIGEST = "sha256:" + "0" * 64
needs_program = pytest.mark.skipif(not shutil.which("kyverno"), reason="no kyverno program")


def _spec() -> dict[str, Any]:
    (policy,) = documents(POLICY)
    return dict(policy["spec"])


def _fits(subject: str) -> bool:
    (identity,) = _spec()["attestors"][0]["cosign"]["keyless"]["identities"]
    assert identity["issuer"] == "https://token.actions.githubusercontent.com"
    return bool(re.search(identity["subjectRegExp"], subject))


def test_the_identity_is_the_release_workflow_s() -> None:
    """A tag of a version fits, and the workflow that the policy names is there."""
    assert _fits(f"{_HOME}/.github/workflows/release.yaml@refs/tags/v1.20.3")
    assert (ROOT.parent / ".github/workflows/release.yaml").exists()


@pytest.mark.parametrize(
    "subject",
    [
        f"{_HOME}/.github/workflows/release.yaml@refs/heads/main",
        f"{_HOME}/.github/workflows/release.yaml@refs/pull/1/merge",
        f"{_HOME}/.github/workflows/release.yaml@refs/heads/refs/tags/v1.0.0",
        f"{_HOME}/.github/workflows/release.yaml@refs/tags/v1.0.0/evil",
        f"{_HOME}/.github/workflows/release.yaml@refs/tags/v1.0",
        f"{_HOME}/.github/workflows/release.yaml@refs/tags/vX",
        f"{_HOME}/.github/workflows/release-yaml@refs/tags/v1.0.0",
        f"{_HOME}/.github/workflows/ci.yaml@refs/tags/v1.0.0",
        f"{_HOME}-evil/.github/workflows/release.yaml@refs/tags/v1.0.0",
        "https://github.com/other/gleaner/.github/workflows/release.yaml@refs/tags/v1.0.0",
        "https://githubxcom/OWNER/gleaner/.github/workflows/release.yaml@refs/tags/v1.0.0",
        f"https://evil.example/?{_HOME}/.github/workflows/release.yaml@refs/tags/v1.0.0",
        "",
    ],
)
def test_no_other_identity_fits(subject: str) -> None:
    """Another branch, workflow, repository or host signs nothing for us."""
    assert not _fits(subject)


def test_the_policy_is_what_its_definition_says() -> None:
    """Held against Kyverno's CRD, with no field that it does not know."""
    if not (folder := os.environ.get("ADDONS_DIR")):
        pytest.skip("the CRDs of Kyverno: ADDONS_DIR names no folder with them")
    schema = closed(_schema(Path(folder) / "kyverno/install.yaml"))
    assert [each.message for each in jsonschema.Draft202012Validator(schema).iter_errors(_spec())] == []


def _schema(install: Path) -> Any:
    text = next(each for each in install.read_text().split("\n---") if "name: imagevalidatingpolicies.pol" in each)
    versions = yaml.load(text, Loader=yaml.CSafeLoader)["spec"]["versions"]
    (found,) = [each["schema"] for each in versions if each["name"] == "v1"]
    return found["openAPIV3Schema"]["properties"]["spec"]


@needs_program
@pytest.mark.slow
@pytest.mark.parametrize(
    ("images", "result"),
    [
        (["registry.example.com/mongo:8"], "pass"),
        ([f"{_REGISTRY}/gleaner@{_DIGEST}"], "error"),
        ([f"{_REGISTRY}/gleaner-evil@{_DIGEST}"], "error"),
        (["registry.example.com/mongo:8", f"{_REGISTRY}/gleaner@{_DIGEST}"], "error"),
    ],
    ids=["other", "own", "like-own", "beside-another"],
)
def test_kyverno_refuses_where_it_cannot_look(tmp_path: Path, images: list[str], result: str) -> None:
    """Kyverno's program takes the policy; an image of ours whose registry is silent does not pass, others do."""
    (policy,) = documents(POLICY)
    del policy["spec"]["matchConstraints"]["namespaceSelector"]  # the program knows no namespace
    (tmp_path / "policy.yaml").write_text(json.dumps(policy).replace("ghcr.io/OWNER", _REGISTRY))
    containers = [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "n"}}
    (tmp_path / "pod.yaml").write_text(json.dumps(pod | {"spec": {"containers": containers}}))
    command = ["kyverno", "apply", "policy.yaml", "--resource", "pod.yaml", "--remove-color"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120).stdout
    counts = dict(re.findall(r"(\w+): (\d+)", said))
    assert {name: int(count) for name, count in counts.items() if int(count)} == {result: 1}, said
