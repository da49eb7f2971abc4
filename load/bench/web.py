"""The web against bare Flask and gunicorn: `./task bench-web` (or python load/bench/web.py --help).

Each server is pinned to one core and wrk to another. Targets take turns (A, B, C, C, B, A); the figures are ratios
within a round, their median and range are what counts. CPU a request comes beside them, because throughput on a shared
machine says little. Needs wrk and taskset.
"""

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from installation import Installation, Server, installed, started
from server import mongod

SOURCES = "/api/v1/sources"
BASE = "gleaner"


class Target:
    """A server and what wrk asks it for."""

    def __init__(self, name: str, server: Server, headers: dict[str, str]) -> None:
        self.name = name
        self.server = server
        self.headers = headers

    def run(self, seconds: int, core: int) -> tuple[float, float]:
        """Requests a second, and microseconds of the server's CPU a request."""
        headers = [part for name, value in self.headers.items() for part in ("-H", f"{name}: {value}")]
        command = ["taskset", "-c", str(core), "wrk", "-t1", "-c8", f"-d{seconds}s", *headers]
        before = self.server.cpu()
        done = subprocess.run([*command, self.server.url + SOURCES], capture_output=True, text=True, check=True)
        used = self.server.cpu() - before
        if "Non-2xx" in done.stdout and "If-None-Match" not in self.headers:
            sys.exit(f"{self.name}: {done.stdout}")
        count = int(re.search(r"(\d+) requests in", done.stdout)[1])
        return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1]), used / count * 1e6


def targets(stack: ExitStack, home: Installation, folder: Path) -> list[Target]:
    """Ours, its 304, and what it is measured against; all answer with the same bytes."""
    ours = stack.enter_context(started(home.command, home.environment, home.port, "/livez", core=0))
    answer = home.get(SOURCES)
    body = folder / "body.json"
    body.write_bytes(answer.content)
    environment = {**os.environ, "BENCH_BODY": str(body), "PYTHONPATH": str(Path(__file__).parent)}
    gunicorn = [sys.executable, "-m", "gunicorn", "-k", "gthread", "--threads", "4", "-w", "1", "--log-level", "error"]
    others = {
        "flask on granian": lambda port: [sys.executable, str(Path(__file__).with_name("targets.py")), "flask", port],
        "flask on gunicorn": lambda port: [*gunicorn, "-b", f"127.0.0.1:{port}", "targets:bare_flask()"],
        "wsgi on granian": lambda port: [sys.executable, str(Path(__file__).with_name("targets.py")), "wsgi", port],
    }
    say(f"answer of {len(answer.content)} bytes; ours started in {ours.seconds:.2f} s, {ours.rss():.0f} MiB idle")
    found = [
        Target(BASE, ours, home.headers),
        Target(f"{BASE} 304", ours, {**home.headers, "If-None-Match": answer.headers["ETag"]}),
    ]
    for name, command in others.items():
        port = home.free_port()
        server = stack.enter_context(started(command(str(port)), environment, port, SOURCES, core=0))
        found.append(Target(name, server, {}))
    return found


def rounds(found: Sequence[Target], count: int, seconds: int) -> Iterator[dict[str, tuple[float, float]]]:
    for target in found:
        target.run(1, 1)
    for _ in range(count):
        there = {target.name: target.run(seconds, 1) for target in found}
        back = {target.name: target.run(seconds, 1) for target in reversed(found)}
        yield {name: tuple(map(statistics.mean, zip(there[name], back[name], strict=True))) for name in there}


def report(measured: list[dict[str, tuple[float, float]]]) -> None:
    """A Markdown table: medians, and the ratios of ours to each other one with their range."""
    say(f"\n| target | requests/s | CPU µs/request | {BASE} / it | {BASE} 304 / it | its CPU / CPU of {BASE} |")
    say("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name in measured[0]:
        speed, cost = (statistics.median(each[name][i] for each in measured) for i in (0, 1))
        ratios = [spread([each[ours][0] / each[name][0] for each in measured]) for ours in (BASE, f"{BASE} 304")]
        effort = spread([each[name][1] / each[BASE][1] for each in measured])
        say(f"| {name} | {speed:,.0f} | {cost:.0f} | {ratios[0]} | {ratios[1]} | {effort} |")


def page_cost(home: Installation, server: Server, count: int) -> str:
    """CPU of the HTML page with 50 records, one request after the other."""
    session = home.log_in()
    for _ in range(5):
        assert session.get(home.url("/sources/bench"), timeout=30).text.count("<tr") > 50
    costs = []
    for _ in range(5):
        before = server.cpu()
        for _ in range(count):
            session.get(home.url("/sources/bench"), timeout=30)
        costs.append((server.cpu() - before) / count * 1000)
    return spread(costs, 1)


def spread(values: list[float], digits: int = 2) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def say(text: str) -> None:
    print(text, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each run of wrk")
    parser.add_argument("--records", type=int, default=100_000, help="in the source whose page is measured")
    parser.add_argument("--pages", type=int, default=40, help="requests of the records page, five times")
    args = parser.parse_args()
    say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        home = installed(folder, stack.enter_context(mongod(folder)), args.records)
        found = targets(stack, home, folder)
        report(list(rounds(found, args.rounds, args.seconds)))
        server = found[0].server
        say(f"\nrecords page: {page_cost(home, server, args.pages)} ms of CPU; {server.rss():.0f} MiB after all of it")


if __name__ == "__main__":
    main()
