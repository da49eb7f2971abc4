"""One measurement from begin to end: under six minutes, on two cores, web on one of them and all else on the other."""

import random
import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from bench.figures import say
from bench.installation import Installation, installed, started
from bench.mongo import mongod
from bench.turns import SERVER_CORE
from gleaner.store import open_store
from model.measured import Idle, Measured, Round, Service, Trial
from model.measuring.asked import People, Requests, all_requests
from model.measuring.loads import drawn, due, measure_load, measure_saturated
from model.measuring.machine import Meter, described, go_first, settle, versions
from model.measuring.services import PAUSE, measure_idle, measure_services, medians, show
from model.measuring.writing import measure_work, measure_writing
from model.mix import usual

RECORDS = 100_000
ROUNDS = 3
LOADS = (0.3, 0.6)  # of what the web gives when there is always a request waiting
_COMMAND = "./task model -- measure"


def measure(*, seconds: float = 1.0, load_seconds: float = 12.0, records: int = RECORDS) -> Measured:
    """`seconds` of each endpoint and `load_seconds` of each load, three times each."""
    first = go_first()
    settle()
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = stack.enter_context(mongod(folder)) + "/bench"
        database = stack.enter_context(MongoClient[Any](address)).get_default_database()
        home = installed(folder, address, 0)
        say(f"[1/4] {records:,} records")
        store = stack.enter_context(closing(open_store(address)))
        writing = measure_writing(store, database, records)
        asked = _Asked(stack, home, People(home, store), database)
        asked.turns(seconds, load_seconds)
        say("[4/4] runs and reports")
        return Measured(
            command=_COMMAND, machine=described(first=first), versions=versions(database), when=when, records=records,
            services=medians(asked.services), rested=medians(asked.rested), idle=asked.idle, writing=writing,
            work=measure_work(home, address, database, records), saturated=asked.saturated, trials=asked.trials(),
        )  # fmt: skip


class _Asked:
    """A server that is asked, and what it took."""

    def __init__(self, stack: ExitStack, home: Installation, people: People, database: Database[Any]) -> None:
        before = _connections(database)
        command = [*home.command, "--runs", "report"]  # what is triggered here is work for somebody else
        server = stack.enter_context(started(command, home.environment, home.port, "/livez", core=SERVER_CORE))
        self._port = home.port
        self._meter = Meter(server, database)
        self._requests: Requests = all_requests(home, people)
        self._random = random.Random(1)
        self.idle: Idle = measure_idle(self._meter, 8.0, _connections(database) - before)
        self.services: list[Mapping[str, Service]] = []
        self.rested: list[Mapping[str, Service]] = []
        self.saturated: list[float] = []
        self._rounds: list[list[tuple[Round, float]]] = []

    def turns(self, seconds: float, load_seconds: float) -> None:
        """Loads first: the thousands of triggers of the endpoints on their own leave entries in the database."""
        for number in range(1, ROUNDS + 1):
            say(f"[2/4] round {number} of {ROUNDS}: loads")
            self.saturated.append(measure_saturated(self._port, self._mixed(), load_seconds / 4))
            self._rounds.append([self._load(share, load_seconds) for share in LOADS])
        for number in range(1, ROUNDS + 1):
            say(f"[3/4] round {number} of {ROUNDS}: {len(self._requests)} endpoints")
            self.services.append(self._each(seconds / 2, 0.0))
            self.rested.append(self._each(seconds, PAUSE))
        show(medians(self.services))
        show(medians(self.rested))

    def _each(self, seconds: float, pause: float) -> Mapping[str, Service]:
        return measure_services(self._port, self._meter, self._requests, self.idle, seconds=seconds, pause=pause)

    def _load(self, share: float, seconds: float) -> tuple[Round, float]:
        rate = float(f"{self.saturated[0] * share:.2g}")
        moments = due(rate, seconds, self._random)
        seen, client = measure_load(self._port, self._meter, self._mixed(), moments)
        say(
            f"  {seen.rate:6.1f} requests/s  mean {seen.mean:6.2f} ms  p95 {seen.p95:6.2f} ms"
            f"  web {seen.web:5.3f}  mongod {seen.mongo:5.3f}  others {seen.others:5.3f}"
        )
        return seen, client

    def _mixed(self) -> Iterator[bytes]:
        return drawn(self._requests, usual(), self._random)

    def trials(self) -> list[Trial]:
        return [
            _trial([each[at] for each in self._rounds], float(f"{self.saturated[0] * share:.2g}"))
            for at, share in enumerate(LOADS)
        ]


def _trial(rounds: Sequence[tuple[Round, float]], offered: float) -> Trial:
    return Trial(offered, statistics.median(client for _, client in rounds), [seen for seen, _ in rounds])


def _connections(database: Database[Any]) -> int:
    return int(database.client.admin.command("serverStatus")["connections"]["current"])
