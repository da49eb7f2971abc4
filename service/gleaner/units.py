"""Durations and sizes as people write them: `30s`, `1.5h`, `7d`, `32MiB`."""

import re

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_BYTES = {
    "": 1,
    "B": 1,
    "kB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "TB": 1000**4,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
    "TiB": 1024**4,
}
_QUANTITY = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")


class Seconds(float):
    """A duration in seconds."""

    allowed = "a duration such as 500ms, 30s, 5m, 2h or 7d"

    @classmethod
    def parse(cls, value: object) -> "Seconds":
        """Read `30`, `2.5`, `"30s"`, `"5m"`; raises ValueError naming what is allowed."""
        return cls(_quantity(value, _SECONDS, "s", cls.allowed))


class Bytes(int):
    """A size in bytes."""

    allowed = "a size such as 4096, 500kB or 32MiB"

    @classmethod
    def parse(cls, value: object) -> "Bytes":
        """Read `4096`, `"500kB"`, `"32MiB"`; raises ValueError naming what is allowed."""
        return cls(_quantity(value, _BYTES, "", cls.allowed))


def _quantity(value: object, factors: dict[str, float] | dict[str, int], bare: str, allowed: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return value * factors[bare]
    if isinstance(value, str) and (match := _QUANTITY.fullmatch(value)):
        number, unit = match.groups()
        if (unit or bare) in factors:
            return float(number) * factors[unit or bare]
    raise ValueError(f"{value!r} is not {allowed}")
