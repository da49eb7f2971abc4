"""What Prometheus is shown."""

from prometheus_client.openmetrics.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from gleaner.telemetry.metrics.bounds import names
from gleaner.telemetry.metrics.exposition import expose
from gleaner.telemetry.metrics.registry import counter, gauge, histogram, take_exemplars

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def samples(text: bytes) -> dict[tuple[str, str], float]:
    """By name and label values."""
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_it_works() -> None:
    """Prometheus' own parser reads what is there, cumulated as it wants it."""
    counter("gleaner_pages_total", "Pages.", source=names("sources")).inc('qu"a\nkes')
    took = histogram("gleaner_seconds", "Seconds.", (0.5, 1))
    took.observe(0.7)
    took.observe(3)
    text, media = expose(OPENMETRICS)
    found = samples(text)
    assert media.startswith("application/openmetrics-text")
    assert found["gleaner_pages_total", 'qu"a\nkes'] == 1
    assert [found["gleaner_seconds_bucket", le] for le in ("0.5", "1.0", "+Inf")] == [0, 1, 2]
    assert (found["gleaner_seconds_count", ""], found["gleaner_seconds_sum", ""]) == (2, 3.7)
    assert found["process_start_time_seconds", ""] > 0
    assert ("python_gc_collections_total", "0") in found


def test_who_does_not_ask_for_openmetrics_gets_plain_text() -> None:
    """Which has no place for examples."""
    take_exemplars(lambda: {"trace_id": "4bf92f3577b34da6"})
    histogram("gleaner_seconds", "Seconds.", (0.5,)).observe(0.1)
    text, media = expose("")
    assert media.startswith("text/plain")
    assert b"# EOF" not in text
    assert b"4bf92f3577b34da6" not in text
    assert b'gleaner_seconds_bucket{le="0.5"} 1.0 # {trace_id="4bf92f3577b34da6"} 0.1' in expose(OPENMETRICS)[0]


def test_a_family_that_was_not_touched_is_not_shown() -> None:
    """Whoever cannot know a value does not say that it is 0."""
    counter("gleaner_pages_total", "Pages.")
    gauge("gleaner_bytes", "Bytes.")
    assert b"gleaner_" not in expose("")[0]


def test_one_that_cannot_be_told_hides_no_other() -> None:
    """It is missing, and the log says so."""
    gauge("gleaner_bytes", "Bytes.").watch(lambda: {(): 1 / 0})
    gauge("gleaner_free", "Free.").set(1)
    with capture_logs() as events:
        text, _ = expose("")
    assert b"gleaner_free 1.0" in text
    assert b"gleaner_bytes" not in text
    assert [(event["event"], event["metric"]) for event in events] == [("metrics.failed", "gleaner_bytes")]
