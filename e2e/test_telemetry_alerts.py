"""Alerts fire when something is really broken: the rules as they are deployed, with shorter clocks (signals.yaml)."""

import pytest

from fixtures.table import Seen
from fixtures.telemetry import Telemetry
from harness import prometheus
from harness.breaking import BREAKS
from harness.cluster import Cluster
from harness.signals import Break, breaks
from harness.waiting import wait_for
from harness.web import Web


@pytest.mark.parametrize("broken", breaks(), ids=lambda broken: broken.how)
def test_what_is_broken_is_told(cluster: Cluster, telemetry: Telemetry, web: Web, broken: Break, seen: Seen) -> None:
    """Each alert of the matrix is silent before the break and fires during it; Alertmanager hears of it."""
    wanted = set(broken.fires)
    if broken.how != "nothing":
        wait_for("silence before", lambda: not prometheus.firing(cluster) & wanted, timeout=330)
    with BREAKS[broken.how](cluster, web):
        wait_for(f"{wanted} to fire", lambda: _all_fire(cluster, wanted), timeout=180)
        wait_for("Alertmanager to have them", lambda: wanted <= prometheus.told(cluster), timeout=30)
    seen(", ".join(sorted(wanted)))


def _all_fire(cluster: Cluster, wanted: set[str]) -> bool:
    missing = wanted - prometheus.firing(cluster)
    assert not missing, f"{sorted(missing)} do not fire"
    return True


def test_ten_alerts_are_proved() -> None:
    """The matrix breaks something for ten alerts and more."""
    assert len({name for each in breaks() for name in each.fires}) >= 10
