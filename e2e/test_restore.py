"""What the export of the night is good for: after a loss, elsewhere, and where nobody else shall read it."""

import time
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from marked import Block, blocks

from fixtures.deployment import Deployment
from fixtures.table import Seen
from harness.cluster import Cluster
from harness.deployment import deploy, overlay_of
from harness.exports import COMPONENT, cut, export, lose_volume, recipients_of, restore, without_clients
from harness.facts import read_facts
from harness.pages import open_terminal
from harness.places import ROOT
from harness.waiting import wait_for
from harness.web import Web
from harness.workloads import pod_of, rolled_out

PAGE = ROOT / "docs/backup.md"
_IDENTITY = "export-identity"


@pytest.fixture(scope="module")
def exporting(cluster: Cluster, deployment: Deployment, web: Web) -> None:
    """One pod of each, and the component."""
    deploy(cluster, overlay_of(ROOT, deployment.image, components=[COMPONENT]))


def test_a_lost_volume_comes_back_from_an_export(cluster: Cluster, web: Web, exporting: None, seen: Seen) -> None:
    """Export, lose the volume, import: all that was exported is there, and nothing of later. A cut one does nothing, as
    does the user that exports."""
    web.run("collect/stations")
    web.run("report/air")
    with without_clients(cluster, "collector"):
        before = read_facts(web)
        file, records = export(cluster)
        exported_at = time.monotonic()
        late = web.run("report/air")["id"]
        cut(cluster, file, "cut.jsonl")
        with without_clients(cluster, "web"):
            lost_at = time.monotonic()
            lose_volume(cluster)
            taken, refusal = restore(cluster, "/exports/cut.jsonl")
            assert not taken
            assert "export" in refusal
            taken, said = restore(cluster, file, writes=False)
            assert not taken
            assert "the user may not do this" in said
            taken, said = restore(cluster, file)
            assert taken, said
            assert f"{records:,} records" in said  # new ones all: the cut one has left none
        rolled_out(cluster, "web")
        after = wait_for("web to answer", lambda: read_facts(web), timeout=60)
        seconds = round(time.monotonic() - lost_at)
    assert before.lost(after) == []
    assert late not in after.runs
    rolled_out(cluster, "collector")
    assert web.run("collect/stations")["state"] == "succeeded"
    age = round(lost_at - exported_at)
    seen(f"{before}: all there, {seconds} s after the volume was lost (RTO); the cut one: {refusal.strip()}")
    seen(f"the export was {age} s old: what came in that time is lost (RPO), such as the run {late}")


@pytest.fixture
def elsewhere(cluster: Cluster) -> Iterator[None]:
    """The page's other namespace: not there before, and gone some time after."""
    cluster.kubectl("wait", "--for=delete", "namespace/restored", "--timeout=150s", timeout=160)
    yield
    cluster.kubectl("delete", "namespace", "restored", "--ignore-not-found", "--wait=false")


def test_another_namespace_takes_an_export(
    cluster: Cluster, web: Web, exporting: None, elsewhere: None, tmp_path: Path, seen: Seen
) -> None:
    """A second database, by the page's commands and the file alone, gives the same export; the first is as it was."""
    before, database = read_facts(web), pod_of(cluster, "mongodb")["metadata"]
    file, records = export(cluster)
    (tmp_path / "manifests").mkdir()
    for part in ("base", "components"):
        (tmp_path / "manifests" / part).symlink_to(ROOT / "manifests" / part)
    commands = [block for block in _commands() if _IDENTITY not in block.text]
    began = time.monotonic()
    with open_terminal(tmp_path) as terminal:
        for block in (_start(cluster, file), *commands):
            terminal.type(block)
    seconds = round(time.monotonic() - began)
    assert before.lost(read_facts(web)) == []
    assert pod_of(cluster, "mongodb")["metadata"]["uid"] == database["uid"]
    assert len((tmp_path / "again.jsonl").read_text().splitlines()) > records
    seen(f"{records} records in another namespace {seconds} s after nothing of it was there (RTO)")


def test_an_encrypted_export_is_opened_by_its_identity_alone(
    cluster: Cluster, deployment: Deployment, exporting: None, tmp_path: Path, seen: Seen
) -> None:
    """The job encrypts for the recipients of the overlay; the page's commands import it with the identity."""
    ours = pyrage.x25519.Identity.generate()
    (tmp_path / "identity").write_text(str(ours))
    chosen = recipients_of(tmp_path / "overlay", str(ours.to_public()))
    deploy(cluster, overlay_of(ROOT, deployment.image, components=[COMPONENT, COMPONENT / "encrypted", chosen]))
    file, _ = export(cluster)
    assert file.endswith(".jsonl.age")
    taken, refusal = restore(cluster, file)
    assert not taken
    assert "is encrypted" in refusal
    commands = [block for block in _commands() if _IDENTITY in block.text]
    with open_terminal(tmp_path) as terminal:
        said = "".join(terminal.type(block) for block in (_start(cluster, file), *commands))
    assert "job.batch/restore condition met" in said
    seen(f"{Path(file).name} came back; without the identity: {refusal.strip()}")


def _commands() -> list[Block]:
    """Those of the page that this file runs."""
    return [block for block in blocks(PAGE) if any(file.samefile(__file__) for file in block.files)]


def _start(cluster: Cluster, file: str) -> Block:
    """What the terminal knows from the commands before: the cluster, and the export's name."""
    return Block(PAGE, 0, f"export KUBECONFIG={cluster.kubeconfig}\nfile={file}\n", "", "")
