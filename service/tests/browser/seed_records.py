"""A year of records of the seeded sources."""

import json
import math
import random
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from gleaner.store.model import Millis, StoredRecord

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
PLACES = ("Kermadec Islands", "Central Alaska", "Off the coast of Chile", "Southern Sumatra", "Hindu Kush", "Crete")
GAUGES = ("Cologne", "Dresden", "Passau", "Würzburg")
ZONES = ("DE-LU", "FR", "NL", "PL")
SHIPS = ("Aurora", "Prinsesse Ragnhild", "Stena Vision", "Mecklenburg")
UNREADABLE = "12345678901234567890123456789"  # larger than any number that programs usually keep whole


def all_records(now: Millis) -> dict[str, list[StoredRecord]]:
    """By source. The same each time, beside the clock."""
    dice = random.Random(4)
    return {
        "quakes": list(_quakes(now, dice)),
        "rivers": list(_rivers(now, dice)),
        "grid": list(_grid(now, dice)),
        "stations": list(_stations(now, dice)),
        "prices": list(_prices(now, dice)),
        "ferries": list(_ferries(now, dice)),
        "archive": list(_archive(now)),
    }


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
        fields = {"route": "Kiel to Oslo", "ship": dice.choice(SHIPS), "delay": dice.choice((0, 0, 0, 5, 12))}
        yield _record(f"f{step}", time, time, fields | {"departs": time}, **fields)


def _archive(now: Millis) -> Iterator[StoredRecord]:
    for day in range(400):
        time = now - (day + 20) * DAY
        yield _record(f"day {day}", time, now - 20 * DAY, {"day": time})
