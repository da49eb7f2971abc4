"""What the sample API tells about: a few stations with sensors that have been measuring for a while, and go on.

Nothing is stored. Every value follows from its place and time, so the same question always has the same answer, and
the world grows as its clock goes on.
"""

import hashlib
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Record = dict[str, Any]

READING_SECONDS = 20
EVENT_SECONDS = 60
_PLACES = ("Harbour", "Market", "Old Bridge", "Station Road", "Hill", "Airport", "Park", "University")
_KINDS = {"temperature": ("°C", 14.0, 9.0), "humidity": ("%", 60.0, 25.0), "pm10": ("µg/m³", 22.0, 15.0)}
_SENSORS = len(_PLACES) * len(_KINDS)
_FIRST_SERIAL = 2**63 + 11  # beyond 64-bit integers, as real identifiers sometimes are


class World:
    """The world as it is at the moment of the clock; times are whole seconds since 1970."""

    def __init__(self, *, start: int, clock: Callable[[], float]) -> None:
        self._start = start - start % EVENT_SECONDS
        self._clock = clock

    def now(self) -> int:
        return int(self._clock())

    def stations(self) -> list[Record]:
        return [_station(number) for number in range(len(_PLACES))]

    def sensors(self, station: str) -> list[Record] | None:
        """The sensors of a station; None: there is no such station."""
        numbers = {record["id"]: number for number, record in enumerate(self.stations())}
        if station not in numbers:
            return None
        return [_sensor(numbers[station], kind) for kind in _KINDS]

    def readings(self, since: float, until: int, offset: int, limit: int) -> tuple[int, list[Record]]:
        """How many there are from `since` to `until`, and some of them in order of time."""
        first = max(0, math.ceil((since - self._start) / READING_SECONDS))
        ticks = max(0, (until - self._start) // READING_SECONDS + 1 - first)
        total = ticks * _SENSORS
        return total, [self._reading(first, index) for index in range(offset, min(offset + limit, total))]

    def events(self, offset: int, limit: int) -> tuple[int, list[Record]]:
        """How many there were so far, and some of them in order of time."""
        total = max(0, (self.now() - self._start) // EVENT_SECONDS + 1)
        return total, [self._event(number) for number in range(offset, min(offset + limit, total))]

    def _reading(self, first: int, index: int) -> Record:
        tick, sensor = first + index // _SENSORS, index % _SENSORS
        station, kind = sensor // len(_KINDS), list(_KINDS)[sensor % len(_KINDS)]
        moment = self._start + tick * READING_SECONDS
        name = _sensor(station, kind)["id"]
        return {
            "id": f"{name}-{moment}",
            "sensor": name,
            "station": _station(station)["id"],
            "kind": kind,
            "taken": iso(moment),
            "value": _value(kind, station, moment),
            "raw": {"adc.counts": _chance(f"{name}{moment}", 4096), "$quality": "good"},
        }

    def _event(self, number: int) -> Record:
        moment = self._start + number * EVENT_SECONDS
        level = ("info", "info", "info", "warning", "alarm")[_chance(f"level{moment}", 5)]
        station = _station(_chance(f"station{moment}", len(_PLACES)))
        return {
            "number": moment // EVENT_SECONDS,
            "at": moment * 1000,
            "level": level,
            "station": station["id"],
            "text": f"{level} at {station['name']}",
        }


def iso(moment: int) -> str:
    """The moment as the API writes it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _station(number: int) -> Record:
    return {
        "id": f"st{number + 1:02}",
        "name": _PLACES[number],
        "serial": _FIRST_SERIAL + number,
        "position": {"lat": 48.1 + number / 100, "lon": 11.5 + number / 50},
    }


def _sensor(station: int, kind: str) -> Record:
    return {"id": f"st{station + 1:02}-{kind}", "kind": kind, "unit": _KINDS[kind][0], "works": True}


def _value(kind: str, station: int, moment: int) -> float:
    """A daily wave, shifted by the station, with a little noise."""
    _, middle, swing = _KINDS[kind]
    wave = math.sin(moment / 86_400 * math.tau + station) + _chance(f"{kind}{station}{moment}", 200) / 1000
    return round(middle + swing * wave, 1)


def _chance(seed: str, sides: int) -> int:
    """A die that always falls the same way."""
    return int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=4).digest()) % sides
