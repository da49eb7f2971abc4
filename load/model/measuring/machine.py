"""What processes cost, and how far the machine is ours."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from pymongo.database import Database

from bench.installation import Server
from bench.turns import SERVER_CORE

OTHER_CORE = 1 - SERVER_CORE
_TICKS = os.sysconf("SC_CLK_TCK")


class Spent(NamedTuple):
    """Seconds of CPU so far: of the web process, of mongod, of this process, of the whole machine; its commands."""

    web: float
    mongo: float
    client: float
    machine: float
    calls: float

    def since(self, before: "Spent") -> "Spent":
        return Spent(*(now - then for now, then in zip(self, before, strict=True)))


class Meter:
    """Reads what the server and mongod have spent; what reading costs mongod is one command."""

    def __init__(self, server: Server | None, database: Database[Any]) -> None:
        self._server = server
        self._admin = database.client.admin

    def read(self) -> Spent:
        status = self._admin.command("serverStatus", repl=0, metrics=0, locks=0, wiredTiger=0)
        used = status["extra_info"]
        own = os.times()
        return Spent(
            self._server.cpu() if self._server else 0.0,
            (used["user_time_us"] + used["system_time_us"]) / 1e6,
            own.user + own.system,
            _machine(),
            float(status["network"]["numRequests"]),
        )


def settle(pid: int | None = None) -> None:
    """This process (and what it starts), or that one with its threads, on the core beside the server's."""
    tasks = [0] if pid is None else [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()]
    for task in tasks:
        os.sched_setaffinity(task, {OTHER_CORE})


def go_first() -> bool:
    """Before what else runs on the machine, and what is started from here too, where that is allowed.

    By the real-time class: a nice value counts only among the processes of one session or container.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        return False
    return True


def described(*, first: bool) -> str:
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    memory = int(next(line.split()[1] for line in _lines("/proc/meminfo"))) / 1024**2
    priority = "real-time priority" if first else "usual priority"
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {priority}"


def versions(database: Database[Any]) -> Mapping[str, str]:
    packages = {name: version(name) for name in ("gleaner", "flask", "granian", "pymongo", "duckdb")}
    return {"python": platform.python_version(), "mongodb": database.client.server_info()["version"], **packages}


def _machine() -> float:
    """Busy in any way, on all cores: user, nice, system, irq, softirq, steal."""
    fields = [int(field) for field in _lines("/proc/stat")[0].split()[1:]]
    return sum(fields[at] for at in (0, 1, 2, 5, 6, 7)) / _TICKS


def _lines(file: str) -> list[str]:
    return Path(file).read_text(encoding="utf-8").splitlines()
