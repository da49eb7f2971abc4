"""From an earlier commit to this one: nothing is lost on the way."""

import pytest

from fixtures.deployment import Deployment
from fixtures.table import Seen
from harness.facts import read_facts
from harness.web import Web


def test_an_upgrade_keeps_data_and_reports(deployment: Deployment, web: Web, seen: Seen) -> None:
    """Records, runs and reports of the commit before are there after the upgrade, byte for byte."""
    upgrade = deployment.upgrade
    if not upgrade.commit and not upgrade.failure:
        pytest.skip("needs an earlier commit with the overlay in this clone's history")
    assert upgrade.before, f"there was nothing to upgrade from: {upgrade.failure}"
    assert upgrade.before.files, "the earlier commit had no report"
    later = read_facts(web)
    assert upgrade.before.lost(later) == []
    seen(f"from {upgrade.commit[:9]}: {upgrade.before}; nothing lost")
