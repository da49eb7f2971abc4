"""How costs grow: with records (10^4 to 10^7 by ten), with sources (10 to 1,000), with pods (1 to 4, on the model).

Each curve has its exponent b (cost = a * size ** b): 0 is flat, 1 is in proportion. Pages are measured in wall time,
because most of what could grow is the database's; each question is a new one, so that no cache answers.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path

import requests

from bench.figures import Figure, arguments, exponent, figure, finish, say, short, table
from bench.installation import Installation, Server, fill, installed, record, started
from bench.mongo import mongod
from bench.reports import OURS, made
from bench.turns import SERVER_CORE
from gleaner.store import open_store

Costs = dict[str, float]
Curve = dict[int, Costs]
_TIMES = 25
_RECORDS = "/api/v1/sources/bench/records"
_QUESTIONS: dict[str, Callable[[int, int], str]] = {  # told how often it was asked, and how many records there are
    "records page, newest": lambda number, _: f"/sources/bench?days={number + 1}",
    "page by a field": lambda number, _: f"{_RECORDS}?sort=-magnitude&limit={30 + number}",
    "page of one place": lambda number, _: f"{_RECORDS}?where=place=Place {number}&limit=50",
    "page deep inside": lambda number, size: f"{_RECORDS}?sort=time&since={_time(size * 9 // 10)}&limit={30 + number}",
    "overview": lambda _, __: "/",
}


def _time(number: int) -> str:
    moment = record(number).time
    assert moment
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment / 1000))


def by_records(least: int, most: int) -> Curve:
    """Of a source with this many records: milliseconds of each question; the report's seconds and memory."""
    curve = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = stack.enter_context(mongod(folder)) + "/bench"
        home = installed(folder, address, 0)
        store = stack.enter_context(closing(open_store(address)))
        sizes = [10**power for power in range(least, most + 1)]
        for before, size in zip([0, *sizes], sizes, strict=False):
            say(f"  {size:,} records: filling")
            fill(store, before, size)
            with _serving(home) as server:
                asked = _asked(home, server, size)
            report = made(OURS, address)
            curve[size] = {**asked, "report, s": report["wall"], "report, MiB": report["peak"]}
            say(f"  {size:,} records: {_line(curve[size])}")
    return curve


def _serving(home: Installation) -> AbstractContextManager[Server]:
    return started(home.command, home.environment, home.port, "/livez", core=SERVER_CORE)


def _asked(home: Installation, server: Server, size: int) -> Costs:
    session = home.log_in()
    session.headers.update(home.headers)
    return {
        f"{name}, ms": statistics.median(_milliseconds(session, server.url + ask(n, size)) for n in range(_TIMES))
        for name, ask in _QUESTIONS.items()
    }


def _milliseconds(session: requests.Session, url: str) -> float:
    begun = time.perf_counter()
    session.get(url, timeout=60).raise_for_status()
    return (time.perf_counter() - begun) * 1000


def by_sources(sizes: tuple[int, ...]) -> Curve:
    """Of a catalog with this many sources: the overview, the list for programs, start-up, memory."""
    curve = {}
    for size in sizes:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            address = stack.enter_context(mongod(folder)) + "/bench"
            home = installed(folder, address, 100, catalog=_catalog(size))
            server = stack.enter_context(_serving(home))
            session = home.log_in()
            session.headers.update(home.headers)
            asked = {
                f"{name}, ms": statistics.median(_milliseconds(session, server.url + path) for _ in range(_TIMES))
                for name, path in {"overview": "/", "list of sources": "/api/v1/sources"}.items()
            }
            curve[size] = {**asked, "first answer, s": server.seconds, "memory, MiB": server.memory()}
            say(f"  {size:,} sources: {_line(curve[size])}")
    return curve


def _catalog(size: int) -> str:
    source = '  s{}: {{title: Source {}, url: "http://127.0.0.1:1/{}", key: id, schedule: "0 4 * * *"}}'
    return "sources:\n" + "\n".join(source.format(*[number] * 3) for number in range(size)) + "\n"


def by_pods() -> Curve:
    """Requests a second that the model gives (`python -m model curve`): it was held against measurements."""
    done = subprocess.run(
        [sys.executable, "-m", "model", "curve", "--json"], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    return {
        pods: {"requests a second": rate}
        for pods, rate in zip(found["pods"], found["requests_per_second"], strict=True)
    }


def _line(costs: Mapping[str, float]) -> str:
    return "; ".join(f"{name} {short(cost)}" for name, cost in costs.items())


def figures_of(kind: str, curve: Curve) -> Iterator[Figure]:
    sizes = list(curve)
    for name in curve[sizes[0]]:
        costs = [curve[size][name] for size in sizes]
        yield from (figure(f"{kind}/{size}/{name}", "", [cost]) for size, cost in zip(sizes, costs, strict=True))
        yield figure(f"{kind}/exponent/{name}", "", [exponent(sizes, costs)])


def report(kind: str, curve: Curve) -> None:
    sizes = list(curve)
    rows = []
    for name in curve[sizes[0]]:
        costs = [curve[size][name] for size in sizes]
        rows.append([name, *map(short, costs), f"{exponent(sizes, costs):.2f}"])
    say("\n" + table([f"by {kind}", *(f"{size:,}" for size in sizes), "exponent"], rows))


def measured(args: Namespace) -> dict[str, Curve]:
    curves = {
        "records": lambda: by_records(args.least, args.most),
        "sources": lambda: by_sources((10, 100, 1000)),
        "pods": by_pods,
    }
    return {name: curves[name]() for name in args.curves.split(",")}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--least", type=int, default=4, help="power of ten of the fewest records")
    parser.add_argument("--most", type=int, default=7, help="power of ten of the most records")
    parser.add_argument("--curves", default="records,sources", metavar="NAMES", help="of records, sources, pods")
    args = parser.parse_args()
    curves = measured(args)
    for kind, curve in curves.items():
        report(kind, curve)
    finish(args, [each for kind, curve in curves.items() for each in figures_of(kind, curve)])


if __name__ == "__main__":
    main()
