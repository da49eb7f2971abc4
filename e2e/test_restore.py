"""What the export of the night is good for: the database's volume is lost, and everything comes back from the file."""

import time

import pytest

from fixtures.deployment import Deployment
from fixtures.table import Seen
from harness.cluster import Cluster
from harness.deployment import deploy, overlay_of
from harness.exports import cut, export, lose_volume, restore, without_clients
from harness.facts import read_facts
from harness.places import ROOT
from harness.waiting import wait_for
from harness.web import Web
from harness.workloads import rolled_out


@pytest.fixture(scope="module")
def exporting(cluster: Cluster, deployment: Deployment, web: Web) -> None:
    """One pod of each, and the component."""
    deploy(cluster, overlay_of(ROOT, deployment.image, components=[ROOT / "manifests/components/export"]))


def test_a_lost_volume_comes_back_from_an_export(cluster: Cluster, web: Web, exporting: None, seen: Seen) -> None:
    """Export, lose the volume, import: records and runs are there, reports too. A cut export does nothing."""
    web.run("collect/stations")
    web.run("report/air")
    with without_clients(cluster, "collector"):
        before = read_facts(web)
        file, records = export(cluster)
        cut(cluster, file, "cut.jsonl")
        with without_clients(cluster, "web"):
            lost_at = time.monotonic()
            lose_volume(cluster)
            taken, refusal = restore(cluster, "/exports/cut.jsonl")
            assert not taken
            assert "export" in refusal
            taken, said = restore(cluster, file)
            assert taken, said
            assert f"{records:,} records" in said  # new ones all: the cut one has left none
        rolled_out(cluster, "web")
        after = wait_for("web to answer", lambda: read_facts(web), timeout=60)
        seconds = round(time.monotonic() - lost_at)
    assert before.lost(after) == []
    rolled_out(cluster, "collector")
    assert web.run("collect/stations")["state"] == "succeeded"
    seen(f"{before}: all there, {seconds} s after the volume was lost; the cut one: {refusal.strip()}")
