"""A lived-in Gleaner: sources in every health, records over a year, runs in every state, reports of some days."""

import json
import math
import random
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from gleaner.reporting.build import build_report
from gleaner.reporting.shelf import Shelf
from gleaner.running.application import Context
from gleaner.store.model import Line, Millis, NewLine, Progress, Reject, Run, StoredRecord
from gleaner.store.runlog import SilentLog
from gleaner.store.ulid import new_ulid

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
PLACES = ("Kermadec Islands", "Central Alaska", "Off the coast of Chile", "Southern Sumatra", "Hindu Kush", "Crete")
GAUGES = ("Cologne", "Dresden", "Passau", "Würzburg")
ZONES = ("DE-LU", "FR", "NL", "PL")
SHIPS = ("Aurora", "Prinsesse Ragnhild", "Stena Vision", "Mecklenburg")
UNREADABLE = "12345678901234567890123456789"  # larger than any number that programs usually keep whole


def seed(context: Context) -> None:
    """Fill an empty store and an empty shelf. The same each time, beside the clock."""
    now = context.store.now()
    dice = random.Random(4)
    for source, records in (
        ("quakes", list(_quakes(now, dice))),
        ("rivers", list(_rivers(now, dice))),
        ("grid", list(_grid(now, dice))),
        ("stations", list(_stations(now, dice))),
        ("prices", list(_prices(now, dice))),
        ("ferries", list(_ferries(now, dice))),
        ("archive", list(_archive(now))),
    ):
        context.store.import_records(source, records)
        fields = {name: field.index for name, field in context.catalog.sources[source].fields.items()}
        context.store.index_fields(source, fields)
    _runs(context, now)
    _reports(context, now)


# -- records -----------------------------------------------------------------------------------------------


def _record(key: str, time: Millis | None, seen: Millis, value: dict[str, Any], **fields: Any) -> StoredRecord:
    body = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).replace(
        f'"{UNREADABLE}"', UNREADABLE
    )
    digest = sha256(body.encode()).digest()[:16]
    return StoredRecord(json.dumps(key), body, time, fields, seen, seen, None, None, digest)


def _quakes(now: Millis, dice: random.Random) -> Iterator[StoredRecord]:
    for number in range(1800):
        time = now - round(dice.random() ** 1.6 * 360 * DAY) - dice.randrange(MINUTE)
        magnitude = round(2.5 + dice.expovariate(1.1), 1)
        fields = {
            "magnitude": magnitude,
            "place": dice.choice(PLACES),
            "depth": round(dice.uniform(2, 300), 1),
            "felt": round(math.exp(magnitude)) if magnitude > 4 else None,
            "tsunami": magnitude > 6.5,
            "network": dice.choice(("us", "ak", "gfz", None)),
        }
        value = fields | {
            "id": f"q{number:05}",
            "occurred": time,
            "sequence": UNREADABLE,
            "links": {"self": f"/events/{number}"},
        }
        yield _record(f"q{number:05}", time, time + 9 * MINUTE, value, **fields)


def _rivers(now: Millis, dice: random.Random) -> Iterator[StoredRecord]:
    for step in range(60 * 8):
        time = now - step * 3 * HOUR
        for at, gauge in enumerate(GAUGES):
            if 100 < step < 112:  # the gauges were silent
                continue
            level = round(220 + 60 * at + 80 * math.sin(step / 40 + at) + dice.uniform(-6, 6))
            fields = {"gauge": gauge, "level": level, "trend": dice.choice(("rising", "falling", "steady"))}
            key = f"{gauge} {time // MINUTE}"
            yield _record(key, time, time + 5 * MINUTE, fields | {"measured": time}, **fields)


def _grid(now: Millis, dice: random.Random) -> Iterator[StoredRecord]:
    for step in range(24 * 40):
        time = now // HOUR * HOUR - step * HOUR
        load = 42_000 + 9_000 * math.sin(step / 24 * 2 * math.pi) + dice.uniform(-900, 900)
        fields = {"zone": ZONES[step % 4], "load": round(load, 1), "forecast": round(load + dice.gauss(0, 700), 1)}
        yield _record(f"{ZONES[step % 4]}-{time}", time, time + MINUTE, fields | {"at": time}, **fields)


def _stations(now: Millis, dice: random.Random) -> Iterator[StoredRecord]:
    for number in range(64):
        seen = now - dice.choice((300, 200, 88, 27, 26, 12, 3)) * DAY
        sensors = dice.sample(["temperature", "humidity", "wind", "pressure", "radiation", "snow"], 3)
        fields = {
            "name": f"Station {dice.choice(GAUGES)} {number}",
            "elevation": dice.randrange(3, 2962),
            "serial": str(dice.randrange(10**24)),
            "sensors": json.dumps(sensors, separators=(",", ":")),
            "commissioned": now - dice.randrange(9000) * DAY,
        }
        yield _record(f"st-{number:03}", None, seen, fields | {"sensors": sensors}, **fields)


def _prices(now: Millis, dice: random.Random) -> Iterator[StoredRecord]:
    for step in range(24 * 30):
        time = now // HOUR * HOUR - step * HOUR
        fields = {"area": ZONES[step % 2], "price": round(70 + 40 * math.sin(step / 4) + dice.uniform(-9, 9), 2)}
        if not (step < 24 and step % 2):  # the last day came by half
            yield _record(f"{fields['area']}-{time}", time, time, fields | {"delivery": time}, **fields)


def _ferries(now: Millis, dice: random.Random) -> Iterator[StoredRecord]:
    for step in range(600):
        time = now - 2 * DAY - step * HOUR
        fields = {"route": "Kiel–Oslo", "ship": dice.choice(SHIPS), "delay": dice.choice((0, 0, 0, 5, 12))}
        yield _record(f"f{step}", time, time, fields | {"departs": time}, **fields)


def _archive(now: Millis) -> Iterator[StoredRecord]:
    for day in range(400):
        time = now - (day + 20) * DAY
        yield _record(f"day {day}", time, now - 20 * DAY, {"day": time})


# -- runs --------------------------------------------------------------------------------------------------


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


def _runs(context: Context, now: Millis) -> None:
    runs = sorted(_all_runs(now), key=lambda one: one.created_at)
    for one in runs:
        assert context.store.import_run(one)
        context.store.add_lines(one.id, list(_lines(one)))
    prices = next(one for one in reversed(runs) if one.state == "suspect")
    context.store.add_rejects(
        prices.id,
        [
            Reject(1, 7, "key: `id` finds nothing", '{"area":"PL","delivery":"2026-11-24T07:00:00Z","eur_mwh":81.2}'),
            Reject(1, 19, "time: 'soon' is not a time", '{"area":"PL","delivery":"soon","eur_mwh":79.95,"id":"PL-19"}'),
        ],
    )


def _all_runs(now: Millis) -> Iterator[Run]:
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
        "collect/prices", "suspect", now - 95 * MINUTE, 1_480, result=_counts(24, 0, 0, bad=2), progress=_progress(24, 48),
        reason="24 records came, and the last complete collection had 48; 2 records were rejected",
    )  # fmt: skip
    yield run("collect/ferries", "succeeded", now - 2 * DAY, 900, result=_counts(24, 0, 0), progress=_progress(24))
    for back in (3, 2, 1):
        yield run(
            "collect/ferries", "failed", now - back * HOUR + 26 * MINUTE, 640, result=_counts(0, 0, 0),
            reason="https://ferries.example.org answered 401 Unauthorized: the secret `ferries` is not accepted (any more)",
        )  # fmt: skip
    yield run("report/load", "lost", now - 7 * HOUR, 12_000, reason="its worker web-0 was not heard of for 30 s")
    yield run(
        "collect/archive", "cancelled", now - 20 * DAY, 61_000, trigger="web", triggered_by="olga",
        result=_counts(400, 0, 0), progress=_progress(400, 90_000), reason="cancelled",
    )  # fmt: skip
    yield run(
        "collect/grid", "running", now - 38_000, trigger="web", triggered_by="olga",
        progress=_progress(2_600, 4_000, "page 3 of 4"), traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )  # fmt: skip
    yield run(
        "report/levels", "queued", now - 9_000, not_before=now + HOUR, reason="the API asks to come back in an hour"
    )


def _lines(one: Run) -> Iterator[NewLine]:
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


# -- reports -----------------------------------------------------------------------------------------------


def _reports(context: Context, now: Millis) -> None:
    for back, name in ((5, "strongest"), (4, "levels"), (3, "load"), (2, "strongest"), (1, "levels"), (0, "strongest")):
        at = now - back * DAY - 3 * HOUR

        def clock(at: Millis = at) -> float:
            return at / 1000

        shelf = Shelf(context.settings.shelf, max_age=context.settings.retain_age, clock=clock)
        report = context.catalog.reports[name]
        build_report(
            name, report, context.catalog, store=context.store, shelf=shelf, parameters={}, log=SilentLog(), memory=2**28, now=at
        )  # fmt: skip
