"""The targets of `limits.yaml`, checked."""

import difflib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

FILE = Path(__file__).parents[1] / "limits.yaml"
EVERY = "every"
Kind = Literal["reader", "client", "operator"]


class Refused(Exception):
    """What was asked for cannot be done, in words for whoever asked."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """p50 to p99 in milliseconds, `failures` a share of requests, `least_rate` in requests a second; None: no limit.

    `recovery`: the seconds that an outage may last; it stands only where something is broken on purpose.
    """

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    failures: float | None = None
    least_rate: float | None = None
    recovery: float | None = None


class Memory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """MiB that one process may grow in the judged time: `start`, however short it is, and `hourly` by its length."""

    start: float
    hourly: float

    def allowed(self, seconds: float) -> float:
        return self.start + self.hourly * seconds / 3600


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry. `rate` is in tasks a second at a shape's full height; `users` are weights.

    `disturbed`: what is broken on purpose meanwhile -> the limits that then stand instead of `limits`.
    """

    address: str
    most_seconds: float
    most_requests: int
    rate: float
    users: Mapping[Kind, int]
    secrets: str
    source: str
    limits: Mapping[str, Limits]
    application: str = ""
    prometheus: str = ""
    memory: Memory | None = None
    disturbed: Mapping[str, Mapping[str, Limits]] = {}
    confirm: bool = False

    def limits_of(self, endpoint: str) -> Limits:
        """Its own, or those of every endpoint."""
        return self.limits.get(endpoint, self.limits[EVERY])


def read_targets(file: Path = FILE) -> dict[str, Target]:
    """Raises Refused with every mistake named by its place."""
    try:
        targets = msgspec.yaml.decode(file.read_bytes(), type=dict[str, Target])
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise Refused(f"{file.name}: {error}") from None
    mistakes = [f"{name}: {mistake}" for name, target in targets.items() for mistake in _mistakes(target)]
    if mistakes:
        raise Refused(f"{file.name}: {'; '.join(mistakes)}")
    return targets


def find_target(name: str, *, confirmed: str = "", file: Path = FILE) -> Target:
    """The target of this name, if it may be loaded."""
    targets = read_targets(file)
    if name not in targets:
        close = difflib.get_close_matches(name, targets, n=1)
        meant = f"; did you mean {close[0]!r}?" if close else ""
        raise Refused(f"no target {name!r} in {file.name}: there are {', '.join(targets)}{meant}")
    if targets[name].confirm and confirmed != name:
        raise Refused(f"{name} is in use by others: add `--confirm {name}` if you mean it")
    return targets[name]


def moved(name: str, address: str, file: Path = FILE) -> Target:
    """The target at another address, checked like the list's. What others use is nowhere but where the list says."""
    targets = read_targets(file)
    if targets[name].confirm:
        raise Refused(f"{name} is in use by others: its address is the list's alone, not {address!r}")
    there = msgspec.structs.replace(targets[name], address=address)
    if mistakes := _mistakes(there):
        raise Refused(f"{name}: {'; '.join(mistakes)}")
    for other, target in targets.items():
        if target.confirm and _host(target) == _host(there):
            raise Refused(f"{address!r} is {other}, which is in use by others, and not {name}")
    return there


def disturbed(name: str, target: Target, what: str) -> Target:
    """The target with the limits that hold while this is broken."""
    if what not in target.disturbed:
        known = ", ".join(target.disturbed) or "nothing"
        raise Refused(f"{name} has no limits for a disturbance {what!r}: there are some for {known}")
    return msgspec.structs.replace(target, limits=target.disturbed[what])


def _host(target: Target) -> str | None:
    return urlsplit(target.address).hostname


def _mistakes(target: Target) -> list[str]:
    found = {
        f"address {target.address!r} is no http:// or https:// address without a path": not _is_origin(target.address),
        "most_seconds, most_requests and rate must be above 0, and finite": not all(
            0 < number < math.inf for number in (target.most_seconds, target.most_requests, target.rate)
        ),
        "memory: start must be above 0, and hourly not below": target.memory is not None
        and not (target.memory.start > 0 and target.memory.hourly >= 0),
        "users needs at least one weight above 0": not any(weight > 0 for weight in target.users.values()),
        "users: a weight is below 0": any(weight < 0 for weight in target.users.values()),
        f"limits: {EVERY!r} is missing": EVERY not in target.limits,
        f"disturbed: {EVERY!r} is missing": any(EVERY not in limits for limits in target.disturbed.values()),
        "limits: recovery stands below `disturbed`": any(each.recovery is not None for each in target.limits.values()),
        "disturbed: what others use is not broken on purpose": target.confirm and bool(target.disturbed),
        "operators need an application to trigger": bool(target.users.get("operator")) and not target.application,
    }
    return [mistake for mistake, holds in found.items() if holds]


def _is_origin(address: str) -> bool:
    """A scheme, a name and perhaps a port: what a browser sends as `Origin`."""
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:  # the port is no number
        return False
    return parts.scheme in {"http", "https"} and named and not (parts.path or parts.query or parts.fragment)
