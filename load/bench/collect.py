"""Collection against the raw loops and dlt: `./task bench-collect` (or python load/bench/collect.py --help).

Clients take turns in each round (A, B, A, B, …) against one page server that is pinned to one core. The figures are
ratios within a round; their median and range are what counts. CPU a record comes first, because wall time on a shared
machine says little.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from server import mongod

HERE = Path(__file__).parent
Cost = dict[str, float]


@contextmanager
def page_server(records: int, size: int, record_bytes: int) -> Iterator[str]:
    """Yields the server's address."""
    command = [sys.executable, str(HERE / "pages.py"), str(records), str(size), str(record_bytes)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.communicate()


def measure(client: str, url: str, address: str, pages: int, folder: Path) -> Cost:
    """One client in a process of its own."""
    command = [sys.executable, str(HERE / "clients.py"), client, url, address.format(client=client), str(pages)]
    environment = {**os.environ, "BENCH_FOLDER": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        sys.exit(f"{client} failed:\n{done.stdout}{done.stderr}")
    cost: Cost = json.loads(done.stdout.strip().splitlines()[-1])
    return cost


def rounds(args: argparse.Namespace, url: str, clients: Sequence[str]) -> Iterator[dict[str, Cost]]:
    """Each round starts with an empty store; `--again` collects once before it measures."""
    pages = -(-args.records // args.page)
    for number in range(args.rounds):
        with tempfile.TemporaryDirectory() as name, store(args.store, Path(name)) as address:
            order = clients if number % 2 == 0 else clients[::-1]
            if args.again:
                for client in order:
                    measure(client, url, address, pages, Path(name))
            costs = {client: measure(client, url, address, pages, Path(name)) for client in order}
        for client in clients:
            say(f"  round {number + 1} {line(client, costs[client])}")
            assert costs[client]["records"] == args.records, f"{client} stored {costs[client]['records']:.0f} records"
        yield costs


@contextmanager
def store(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty store for each `{client}`."""
    if kind == "sqlite":
        yield f"sqlite:{folder}/bench-{{client}}.db"
    else:
        with mongod(folder) as address:
            yield f"{address}/bench-{{client}}"


def line(client: str, cost: Cost) -> str:
    return f"{client:16} wall {cost['wall']:7.3f} s  cpu {cost['cpu']:7.3f} s  peak {cost['peak_mb']:5.0f} MB"


def say(text: str) -> None:
    print(text, flush=True)


def report(all_costs: list[dict[str, Cost]], clients: Sequence[str], records: int) -> None:
    """A Markdown table: medians, and ratios to the first client of the same round with their range."""
    base = clients[0]
    say(f"\n| client | wall s | CPU µs/record | peak MB | {base} wall / its wall | its CPU / {base} CPU |")
    say("| --- | ---: | ---: | ---: | ---: | ---: |")
    for client in clients:
        costs = [each[client] for each in all_costs]
        wall, cpu = middle(c["wall"] for c in costs), middle(c["cpu"] for c in costs) / records * 1e6
        speed = spread([each[base]["wall"] / each[client]["wall"] for each in all_costs])
        effort = spread([each[client]["cpu"] / each[base]["cpu"] for each in all_costs])
        say(f"| {client} | {wall:.2f} | {cpu:.1f} | {max(c['peak_mb'] for c in costs):.0f} | {speed} | {effort} |")


def middle(values: Iterator[float]) -> float:
    return statistics.median(values)


def spread(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", choices=["mongo", "sqlite"], default="mongo")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--page", type=int, default=1000, help="records a page")
    parser.add_argument("--record-bytes", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--again", action="store_true", help="measure the second collection of the same records")
    parser.add_argument("--clients", default="", help="comma-separated; the first one is the base of the ratios")
    args = parser.parse_args()
    clients = args.clients.split(",") if args.clients else [f"raw-{args.store}", "gleaner"]
    say(
        f"{args.records:,} records of {args.record_bytes} bytes, {args.page:,} a page, into {args.store}"
        f"{', the same again' if args.again else ''}; {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"pymongo {version('pymongo')}, msgspec {version('msgspec')}, requests {version('requests')}"
    )
    with page_server(args.records, args.page, args.record_bytes) as url:
        report(list(rounds(args, url, clients)), clients, args.records)


if __name__ == "__main__":
    main()
