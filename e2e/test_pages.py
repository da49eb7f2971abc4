"""A newcomer follows the pages, from the quick start to a restored backup, and finds no step missing."""

from pathlib import Path

import pytest
from marked import WALK

from fixtures.deployment import Deployment
from fixtures.table import Seen
from harness.cluster import Cluster
from harness.facts import read_facts
from harness.pages import fresh_checkout, open_terminal, walk
from harness.secrets import Login
from harness.waiting import wait_for
from harness.web import Web


def test_the_pages_lead_to_a_restored_backup(
    cluster: Cluster, web: Web, login: Login, deployment: Deployment, tmp_path: Path, seen: Seen
) -> None:
    """In a fresh checkout, one page after the other; what the last one restores has every record and run."""
    if not cluster.is_kind:
        pytest.skip("no cluster of kind: the pages are for the one of ./task up")
    checkout = fresh_checkout(tmp_path)
    *first, last = WALK
    with open_terminal(checkout) as terminal:
        steps = sum(walk(page, terminal, cluster, login, checkout) for page in first)
        before = read_facts(web)
        steps += walk(last, terminal, cluster, login, checkout)
    after = wait_for("web to answer", lambda: read_facts(web), timeout=60)
    assert before.lost(after) == []
    assert before.records["notices"] > 0
    seen(f"{steps} blocks of {', '.join(WALK)}; {after}")
