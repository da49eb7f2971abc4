"""Collection against the raw loops and dlt: `./task bench`.

Clients take turns in each round (A, B, A, B, …) against one page server that is pinned to one core. The figures are
ratios within a round; their median and range are what counts. CPU a record comes first, because wall time on a shared
machine says little.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from bench.figures import Figure, arguments, figure, finish, say, short, table
from bench.mongo import mongod

Cost = dict[str, float]


@contextmanager
def page_server(records: int, size: int, record_bytes: int) -> Iterator[str]:
    """Yields the server's address."""
    command = [sys.executable, "-m", "bench.pages", str(records), str(size), str(record_bytes)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.communicate()


def measure(client: str, url: str, address: str, pages: int, folder: Path) -> Cost:
    """One client in a process of its own."""
    command = [sys.executable, "-m", "bench.clients", client, url, address.format(client=client), str(pages)]
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


def compared(all_costs: list[dict[str, Cost]], clients: Sequence[str], records: int) -> list[Figure]:
    """Costs of each client, and how many times as fast as each other one the first is, and its share of their CPU."""
    ours = clients[0]
    found = []
    for client in clients:
        costs = [each[client] for each in all_costs]
        found += [
            figure(f"wall/{client}", "s", (cost["wall"] for cost in costs)),
            figure(f"cpu/{client}", "µs a record", (cost["cpu"] / records * 1e6 for cost in costs)),
            figure(f"peak/{client}", "MB", (cost["peak_mb"] for cost in costs)),
            figure(f"speed/{client}", "", (each[client]["wall"] / each[ours]["wall"] for each in all_costs)),
            figure(f"effort/{client}", "", (each[ours]["cpu"] / each[client]["cpu"] for each in all_costs)),
            figure(f"more/{client}", "s", (each[ours]["wall"] - each[client]["wall"] for each in all_costs)),
        ]
    return found


def report(figures: list[Figure], clients: Sequence[str]) -> None:
    by_name = {each.name: each for each in figures}
    head = ["client", "wall s", "CPU µs a record", "peak MB", f"{clients[0]} is as fast, times", "its CPU, share"]
    rows = []
    for client in clients:
        wall, cpu, peak = (short(by_name[f"{kind}/{client}"].median) for kind in ("wall", "cpu", "peak"))
        rows.append([client, wall, cpu, peak, by_name[f"speed/{client}"], by_name[f"effort/{client}"]])
    say("\n" + table(head, rows))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--store", choices=["mongo", "sqlite"], default="mongo")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--page", type=int, default=1000, help="records a page")
    parser.add_argument("--record-bytes", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--again", action="store_true", help="measure the second collection of the same records")
    parser.add_argument("--clients", default="", help="comma-separated; the first one is compared with each other")
    args = parser.parse_args()
    clients = args.clients.split(",") if args.clients else ["gleaner", f"raw-{args.store}"]
    say(
        f"{args.records:,} records of {args.record_bytes} bytes, {args.page:,} a page, into {args.store}"
        f"{', the same again' if args.again else ''}; {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"pymongo {version('pymongo')}, msgspec {version('msgspec')}, requests {version('requests')}"
    )
    with page_server(args.records, args.page, args.record_bytes) as url:
        figures = compared(list(rounds(args, url, clients)), clients, args.records)
    report(figures, clients)
    finish(args, figures)


if __name__ == "__main__":
    main()
