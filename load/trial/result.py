"""A trial's result, kept as JSON, and what changed since the last one of the same target and shape."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from trial.judge import Circumstances, Verdict
from trial.samples import Figures


class Stage(msgspec.Struct, frozen=True):
    """One step of a ramp."""

    rate: float
    holds: bool
    figures: Mapping[str, Figures]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was seen. `knee`: the highest rate that held, of a ramp.

    `disturbed`: what was broken on purpose; `timeline`: requests and failures that ended in each second.
    """

    target: str
    shape: str
    began: str
    verdict: Verdict
    how: Circumstances
    figures: Mapping[str, Figures]
    together: Figures | None
    errors: Sequence[tuple[str, str, int]] = ()
    server: str = ""
    stages: Sequence[Stage] = ()
    knee: float | None = None
    machine: str = ""
    disturbed: str = ""
    timeline: Sequence[tuple[int, int]] = ()

    @property
    def what(self) -> str:
        """What a trial of the same kind has in common with it."""
        return "-".join(part for part in (self.target, self.shape, self.disturbed) if part)


class Change(msgspec.Struct, frozen=True):
    """p95 of an endpoint, before and now. `real`: more than what either trial's own parts differ by."""

    endpoint: str
    before: float
    now: float
    real: bool

    @property
    def share(self) -> float:
        return self.now / self.before - 1 if self.before else 0.0


def changes(before: Result | None, now: Result) -> Iterator[Change]:
    """Of the endpoints that both have."""
    for name, figures in now.figures.items():
        earlier = before.figures.get(name) if before else None
        if earlier:
            yield Change(name, earlier.p95, figures.p95, _is_real(earlier, figures))


def _is_real(before: Figures, now: Figures) -> bool:
    """Of too few requests nobody knows what is noise."""
    if before.spread is None or now.spread is None:
        return False
    return abs(now.p95 - before.p95) > max(before.spread, now.spread)


def keep(result: Result, folder: Path) -> Path:
    """As the last one of its kind, and once more under its time."""
    folder.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(result), indent=1)
    for name in (f"{result.what}-{result.began.replace(':', '')}", f"{result.what}-last"):
        partial = folder / f"{name}.partial"
        partial.write_bytes(text)
        partial.replace(folder / f"{name}.json")
    return folder / f"{result.what}-last.json"


def last(result: Result, folder: Path) -> Result | None:
    """The one of this kind before. None: there was none, or it cannot be read any more."""
    try:
        return msgspec.json.decode((folder / f"{result.what}-last.json").read_bytes(), type=Result)
    except (OSError, msgspec.ValidationError, msgspec.DecodeError):
        return None
