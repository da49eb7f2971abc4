"""What the real service exports after a scripted workload: one process, all its metrics; each count true."""

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from exported import exported, has_mongod
from gleaner.telemetry.metrics.listing import listed

WITH_MONGO = ("gleaner_store_pool_", "gleaner_mongodb_")
SELDOM = {"gleaner_store_pool_failures_total"}  # a connection that cannot be had is a matter of other tests
Samples = dict[tuple[str, ...], float]


@pytest.fixture(scope="module")
def samples() -> dict[str, Samples]:
    """By process; a key is the name, then the values of the labels in the order of their names."""
    return {process: _samples(text) for process, text in exported().items()}


def _samples(text: str) -> Samples:
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_family_is_exported_by_somebody(samples: dict[str, Samples]) -> None:
    """None is declared and never told."""
    found = {key[0] for each in samples.values() for key in each}
    wanted = {family["name"] + ("_count" if family["kind"] == "histogram" else "") for family in listed()} - SELDOM
    missing = {name for name in wanted - found if has_mongod() or not name.startswith(WITH_MONGO)}
    assert missing == set()


def test_who_cannot_know_does_not_tell(samples: dict[str, Samples]) -> None:
    """A collector has no shelf and no web, a guard neither runs nor a store."""
    collector = {key[0] for key in samples["collector"]}
    assert not [name for name in collector if name.startswith(("gleaner_shelf_", "gleaner_http_", "gleaner_mongodb_"))]
    assert not [name for name in samples.get("mongodb", {}) if name[0].startswith(("gleaner_run", "gleaner_store_"))]
    assert {"gleaner_http_threads", "gleaner_runner_slots", "gleaner_shelf_bytes"} <= {key[0] for key in samples["web"]}


def test_what_was_collected_counts_once(samples: dict[str, Samples]) -> None:
    """Two collections of things: the counts of two processes, which had ended long before somebody asked."""
    told = samples["collector"]
    records = {
        change: told["gleaner_records_total", change, "things"] for change in ("new", "changed", "unchanged", "bad")
    }
    assert records == {"new": 5, "changed": 1, "unchanged": 3, "bad": 1}
    assert told["gleaner_pages_total", "things"] == 2
    assert told["gleaner_runs_total", "collect/things", "succeeded"] == 1
    assert told["gleaner_runs_total", "collect/things", "suspect"] == 1
    assert told["gleaner_runs_total", "collect/broken", "returned"] == 1
    assert told["gleaner_leases_lost_total",] == 0
    fetches = {key[2]: value for key, value in told.items() if key[:2] == ("gleaner_fetches_total", "limited")}
    assert fetches == {"200": 3, "429": 1, "error": 0}
    assert told["gleaner_fetches_total", "broken", "500"] == 1
    assert told["gleaner_fetches_total", "cut", "error"] == 1
    assert told["gleaner_source_records", "things"] == 5


def test_the_web_and_its_runner_are_one_process(samples: dict[str, Samples]) -> None:
    """Requests, log-ins, reports and what retention deleted."""
    told = samples["web"]
    assert told["gleaner_runs_total", "report/all", "succeeded"] == 2
    assert told["gleaner_shelf_deletions_total", "age"] == 1
    assert told["gleaner_logins_total", "succeeded", "password"] == 1
    assert told["gleaner_logins_total", "wrong", "password"] == 1
    assert told["gleaner_http_requests_total", "GET", "/reports", "5xx"] == 1
    assert told["gleaner_dependency_up", "store"] == 1


def test_series_stay_few(samples: dict[str, Samples]) -> None:
    """A whole process after its work: not more than Prometheus likes to have of a small service."""
    for process, told in samples.items():
        assert len(told) < 3000, process
