"""Servers that take turns under wrk: each pinned to one core and wrk to another, there and back (A, B, C, C, B, A).

CPU a request comes beside requests a second, because throughput on a shared machine says little. Needs wrk and taskset.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.figures import Figure, figure, say, short, table
from bench.installation import Server

SERVER_CORE, WRK_CORE = 0, 1
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Answers:
    """Requests a second, microseconds of the server's CPU a request, milliseconds that the slowest 1 % takes."""

    rate: float
    cpu: float
    p99: float


@dataclass(frozen=True)
class Target:
    """A server and what wrk asks it for; a 304 is one that is fine without a body."""

    name: str
    server: Server
    path: str
    headers: Mapping[str, str]
    fine_without_body: bool = False

    def run(self, seconds: int) -> Answers:
        headers = [part for name, value in self.headers.items() for part in ("-H", f"{name}: {value}")]
        command = ["taskset", "-c", str(WRK_CORE), "wrk", "-t1", "-c8", f"-d{seconds}s", "--latency", *headers]
        before = self.server.cpu()
        done = subprocess.run([*command, self.server.url + self.path], capture_output=True, text=True, check=True)
        used = self.server.cpu() - before
        if "Non-2xx" in done.stdout and not self.fine_without_body:
            sys.exit(f"{self.name}: {done.stdout}")
        count = int(_found(r"(\d+) requests in", done.stdout)[0])
        slowest, unit = _found(r"99%\s+([\d.]+)(\w+)", done.stdout)
        rate = float(_found(r"Requests/sec:\s+([\d.]+)", done.stdout)[0])
        return Answers(rate, used / count * 1e6, float(slowest) * _UNITS[unit])


def _found(pattern: str, text: str) -> tuple[str, ...]:
    if not (match := re.search(pattern, text)):
        sys.exit(f"wrk's answer has no {pattern}: {text}")
    return match.groups()


Round = dict[str, Answers]


def rounds(targets: Sequence[Target], count: int, seconds: int) -> Iterator[Round]:
    for target in targets:
        target.run(1)
    for number in range(count):
        there = {target.name: target.run(seconds) for target in targets}
        back = {target.name: target.run(seconds) for target in reversed(targets)}
        say(f"  round {number + 1} of {count}")
        yield {name: _middle(there[name], back[name]) for name in there}


def _middle(one: Answers, other: Answers) -> Answers:
    return Answers((one.rate + other.rate) / 2, (one.cpu + other.cpu) / 2, (one.p99 + other.p99) / 2)


def compared(measured: Sequence[Round], ours: str) -> list[Figure]:
    """Costs of each target, and how many times as fast as it ours is, and our share of its CPU."""
    found = []
    for name in measured[0]:
        found += [
            figure(f"rate/{name}", "requests/s", (each[name].rate for each in measured)),
            figure(f"cpu/{name}", "µs a request", (each[name].cpu for each in measured)),
            figure(f"p99/{name}", "ms", (each[name].p99 for each in measured)),
            figure(f"speed/{name}", "", (each[ours].rate / each[name].rate for each in measured)),
            figure(f"effort/{name}", "", (each[ours].cpu / each[name].cpu for each in measured)),
        ]
    return found


def report(figures: Sequence[Figure], names: Sequence[str], ours: str) -> None:
    by_name = {each.name: each for each in figures}
    head = ["target", "requests/s", "CPU µs a request", "p99 ms", f"{ours} is as fast, times", "its CPU, share"]
    rows = []
    for name in names:
        costs = (short(by_name[f"{kind}/{name}"].median) for kind in ("rate", "cpu", "p99"))
        rows.append([name, *costs, by_name[f"speed/{name}"], by_name[f"effort/{name}"]])
    say("\n" + table(head, rows))
