"""Collecting: counted in the processes of runs, told by their runner; and how each source stands, by a scheduler."""

from http import HTTPStatus

from gleaner.telemetry.metrics.bounds import OTHER, Bound, among, names
from gleaner.telemetry.metrics.registry import counter, gauge, histogram

CHANGES = ("new", "changed", "unchanged", "bad")
ERROR = "error"
_KNOWN = frozenset({ERROR, *(str(int(status)) for status in HTTPStatus)})
_STATUS = Bound(
    "registered HTTP status codes, `error`: no answer", lambda status: status if status in _KNOWN else OTHER
)


def _source() -> Bound:
    return names("sources")


PAGES = counter("gleaner_pages_total", "Pages that were taken in.", handed=True, source=_source())
RECORDS = counter(
    "gleaner_records_total",
    "Records that arrived, by what became of them; `bad`: not kept.",
    handed=True,
    source=_source(),
    change=among(*CHANGES),
)
FETCHES = counter(
    "gleaner_fetches_total",
    "Requests to the source, by how they were answered; each redirect is one.",
    handed=True,
    source=_source(),
    status=_STATUS,
)
FETCH_DURATION = histogram(
    "gleaner_fetch_duration_seconds",
    "From a request to the source to the end of the answer's body.",
    (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    handed=True,
    source=_source(),
)
FETCHED_BYTES = counter(
    "gleaner_fetched_bytes_total", "Bytes of answers' bodies, decompressed.", handed=True, source=_source()
)
WAITS = counter(
    "gleaner_rate_limit_waits_total",
    "Waits for the declared `rate`, or because the API asked for one.",
    handed=True,
    source=_source(),
)
WAIT_SECONDS = counter(
    "gleaner_rate_limit_wait_seconds_total",
    "Seconds of these waits, those that a run spends in the queue included.",
    handed=True,
    source=_source(),
)

SOURCE_RECORDS = gauge("gleaner_source_records", "Records that are kept and not gone.", source=_source())
LAST_SUCCESS = gauge(
    "gleaner_source_last_success_timestamp_seconds",
    "When the last collection succeeded; missing: none has.",
    source=_source(),
)
SCHEDULE = gauge(
    "gleaner_source_schedule_seconds",
    "Seconds between the due times around now; missing: there is no schedule, or it is paused.",
    source=_source(),
)
BEHIND = gauge(
    "gleaner_source_behind_seconds",
    "Seconds since it should have succeeded again by its own schedule; 0: on time.",
    source=_source(),
)
