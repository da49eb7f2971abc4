"""Runs in every state, with what they said and rejected."""

from collections.abc import Iterator
from typing import Any

from gleaner.store.model import Millis, NewLine, Progress, Reject, Run
from gleaner.store.ulid import new_ulid

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
REJECTS = [
    Reject(1, 7, "key: `id` finds nothing", '{"area":"PL","delivery":"2026-11-24T07:00:00Z","eur_mwh":81.2}'),
    Reject(1, 19, "time: 'soon' is not a time", '{"area":"PL","delivery":"soon","eur_mwh":79.95,"id":"PL-19"}'),
]


def run(application: str, state: str, begun: Millis, took: Millis = 0, **values: Any) -> Run:
    """A run as the store would have it by now."""
    waiting, active = state == "queued", state in {"queued", "running"}
    given: dict[str, Any] = {
        "id": new_ulid(begun),
        "application": application,
        "state": state,
        "parameters": {"full": False, "confirm_deletes": False} if application.startswith("collect/") else {},
        "trigger": "schedule",
        "triggered_by": "schedule",
        "created_at": begun,
        "not_before": begun,
        "timeout": 3660.0,
        "max_attempts": 3,
        "attempt": 0 if waiting else 1,
        "tries": 0 if waiting else 1,
        "slot": application if active else None,
        "started_at": None if waiting else begun + 400,
        "ended_at": None if active else begun + 400 + took,
        "worker": None if waiting else "collector-1",
        "lease_until": begun + DAY if state == "running" else None,
    }
    return Run(**given | values)


def _counts(new: int, changed: int, unchanged: int, **values: Any) -> dict[str, Any]:
    records = {"new": new, "changed": changed, "unchanged": unchanged, "bad": 0, "duplicates": 0, "gone": 0}
    pages = (new + changed + unchanged) // 500 + 1
    return {"records": records, "pages": pages, "requests": pages, "bytes": 412 * (new + changed + unchanged)} | values


def _progress(done: int, total: int | None = None, message: str = "") -> Progress:
    return Progress(done=done, total=total, message=message)


def all_runs(now: Millis) -> Iterator[Run]:
    for back in range(30, 0, -1):
        at = now - back * HOUR + 11 * MINUTE
        yield run(
            "collect/quakes",
            "succeeded",
            at,
            4_300 + back * 37,
            result=_counts(3 + back % 5, back % 3, 40),
            progress=_progress(43 + back % 5),
        )
    for back in range(12, 0, -1):
        at = now - back * 30 * MINUTE + 4 * MINUTE
        yield run(
            "collect/rivers",
            "succeeded",
            at,
            2_100 + back * 11,
            result=_counts(4, 0, 796),
            progress=_progress(800, 800),
        )
    for back in (3, 2, 1):
        yield run(
            "collect/stations",
            "succeeded",
            now - back * DAY + 2 * HOUR,
            1_900,
            result=_counts(0, 1, 63),
            progress=_progress(64),
        )
        yield run(
            "report/strongest",
            "succeeded",
            now - back * DAY + 3 * HOUR,
            2_800,
            result={"rows": 31},
            progress=_progress(31),
        )
        yield run(
            "collect/prices",
            "succeeded",
            now - back * DAY - HOUR,
            1_500,
            result=_counts(48, 0, 0),
            progress=_progress(48, 48),
        )
    yield run(
        "collect/grid",
        "succeeded",
        now - HOUR - 20 * MINUTE,
        31_000,
        result=_counts(96, 0, 3_904),
        progress=_progress(4_000, 4_000),
    )
    yield run(
        "collect/prices",
        "suspect",
        now - 95 * MINUTE,
        1_480,
        result=_counts(24, 0, 0, bad=2),
        progress=_progress(24, 48),
        reason="24 records came, and the last complete collection had 48; 2 records were rejected",
    )
    yield run("collect/ferries", "succeeded", now - 2 * DAY, 900, result=_counts(24, 0, 0), progress=_progress(24))
    for back in (3, 2, 1):
        yield run(
            "collect/ferries",
            "failed",
            now - back * HOUR + 26 * MINUTE,
            640,
            result=_counts(0, 0, 0),
            reason="https://ferries.example.org answered 401 Unauthorized: it does not take the secret `ferries`",
        )
    yield run("report/load", "lost", now - 7 * HOUR, 12_000, reason="its worker web-0 was not heard of for 30 s")
    yield run(
        "collect/archive",
        "cancelled",
        now - 20 * DAY,
        61_000,
        trigger="web",
        triggered_by="olga",
        result=_counts(400, 0, 0),
        progress=_progress(400, 90_000),
        reason="cancelled",
    )
    yield run(
        "collect/grid",
        "running",
        now - 38_000,
        trigger="web",
        triggered_by="olga",
        progress=_progress(2_600, 4_000, "page 3 of 4"),
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )
    yield run(
        "report/levels", "queued", now - 9_000, not_before=now + HOUR, reason="the API asks to come back in an hour"
    )


def lines_of(one: Run) -> Iterator[NewLine]:
    begun = one.started_at
    if begun is None:
        return
    yield NewLine(begun + 12, "info", f"{one.application}: attempt {one.attempt} of {one.max_attempts}")
    if one.application.startswith("collect/"):
        pages = max(1, one.progress.done // 1000)
        for page in range(1, pages + 1):
            yield NewLine(
                begun + 300 * page,
                "info",
                f"page {page}: {min(one.progress.done, 1000)} records in {180 + 7 * page} ms",
            )
    if one.state == "running":
        yield NewLine(begun + 1100, "warning", "429 Too Many Requests: waiting 2 s as the API asks")
        yield NewLine(begun + 3200, "debug", "rate: 4.0 requests a second")
    if one.state in {"failed", "suspect"}:
        yield NewLine(begun + 600, "error" if one.state == "failed" else "warning", one.reason)
