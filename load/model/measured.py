"""What was measured on one machine, as a file: service times, and loads to hold the model against."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

FILE = Path(__file__).with_name("measured.json")


class Service(msgspec.Struct, frozen=True):
    """What one request takes: seconds of CPU of the web process and of mongod, commands to mongod.

    `rest` is what is left of its time when nobody else asks: sockets, wake-ups, the client's own work. It is below zero
    where mongod works on after it has answered. `spread` is the squared coefficient of variation of that time, `size`
    the bytes of the answer's body.
    """

    web: float
    mongo: float
    calls: float
    rest: float
    spread: float
    size: int


class Idle(msgspec.Struct, frozen=True):
    """What a web pod takes that nobody asks: shares of a core, commands to mongod a second, connections to it."""

    web: float
    mongo: float
    calls: float
    connections: int


class Writing(msgspec.Struct, frozen=True):
    """What a record takes: seconds of CPU of the collecting process and of mongod, bytes on the volume."""

    collector: float  # with HTTP and JSON
    mongo: float
    unchanged: float  # of mongod, when it is as before
    data: float  # before compression
    indexes: float  # all of them: `_id`, time and the declared fields
    fields: int


class Work(msgspec.Struct, frozen=True):
    """Seconds of CPU of a run that does nothing, in a process of its own; records a second that a report takes in."""

    run: float
    report: float


class Round(msgspec.Struct, frozen=True):
    """One load, some seconds long. Milliseconds from when a request was due; `web` and `mongo` are shares of a core.

    `others`: the share of the machine that processes which have nothing to do with it had.
    """

    rate: float
    mean: float
    p95: float
    web: float
    mongo: float
    others: float


class Trial(msgspec.Struct, frozen=True):
    """Requests that arrive at random at this rate, measured several times."""

    offered: float
    client: float  # seconds of CPU that the generator takes for a request, on mongod's core
    rounds: list[Round]


class Measured(msgspec.Struct, frozen=True):
    """All of it, with where, when and by which command it was measured."""

    command: str
    machine: str
    versions: Mapping[str, str]
    when: str
    records: int
    services: Mapping[str, Service]  # one request at once after the other
    rested: Mapping[str, Service]  # after a pause: a core that has slept, and its caches, are slower to begin with
    idle: Idle
    writing: Writing
    work: Work
    saturated: list[float]  # requests a second of the same mix when there is always one waiting
    trials: list[Trial]


def read(file: Path = FILE) -> Measured:
    return msgspec.json.decode(file.read_bytes(), type=Measured)


def write(measured: Measured, file: Path = FILE) -> None:
    file.write_bytes(msgspec.json.format(msgspec.json.encode(measured), indent=1) + b"\n")
