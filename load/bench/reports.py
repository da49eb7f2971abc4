"""A report against pandas that makes the same rows and the same kinds of file from the same records: `./task bench`.

Each maker is a process of its own (`python -m bench.reports --make NAME …`), so that memory and imports count.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from bench.figures import Figure, arguments, figure, finish, say, short, table
from bench.installation import CATALOG, fill
from bench.mongo import mongod
from gleaner.store import open_store

Cost = dict[str, float]
OURS = "gleaner"


def with_gleaner(address: str, folder: Path) -> int:
    from gleaner.catalog.load import load_catalog
    from gleaner.reporting.build import build_report
    from gleaner.reporting.shelf import Shelf
    from gleaner.store.runlog import SilentLog

    (folder / "catalog.yaml").write_text(CATALOG)
    catalog = load_catalog(folder / "catalog.yaml")
    with closing(open_store(address)) as store, Shelf(folder / "shelf", min_free=0.0) as shelf:
        outcome = build_report(
            "places", catalog.reports["places"], catalog,
            store=store, shelf=shelf, parameters={}, log=SilentLog(), memory=256 * 1024**2,
        )  # fmt: skip
        return int(shelf.reports()[0].rows) if outcome.state == "succeeded" else 0


def with_pandas(address: str, folder: Path) -> int:
    """What a script does: the fields alone, grouped in memory, written with what pandas has."""
    import pandas as pd
    from pymongo import MongoClient

    collection = MongoClient(address).get_default_database()["records.bench"]
    names = ("place", "magnitude", "felt")
    found = collection.find({}, {"_id": 0, **{f"fields.{name}": 1 for name in names}}, batch_size=10_000)
    frame = pd.DataFrame.from_records([each["fields"] for each in found])
    groups = frame.groupby("place")
    rows = groups.agg(
        records=("place", "size"), mean=("magnitude", "mean"), greatest=("magnitude", "max"), felt=("felt", "sum")
    )
    rows = rows.round({"mean": 3}).reset_index().sort_values(["records", "place"], ascending=[False, True])
    rows.to_csv(folder / "places.csv", index=False)
    rows.to_excel(folder / "places.xlsx", index=False, engine="xlsxwriter")
    rows.to_html(folder / "places.html", index=False)
    rows.to_json(folder / "places.json", orient="records")
    return len(rows)


MAKERS: dict[str, Callable[[str, Path], int]] = {OURS: with_gleaner, "pandas": with_pandas}


def make(name: str, address: str) -> Cost:
    """In this process, imports included."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        rows = MAKERS[name](address, Path(folder))
        wall = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1024, "rows": rows}


def made(name: str, address: str) -> Cost:
    """In a process of its own."""
    command = [sys.executable, "-m", "bench.reports", "--make", name, "--address", address]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stdout}{done.stderr}")
    cost: Cost = json.loads(done.stdout)
    return cost


def rounds(address: str, count: int) -> Iterator[dict[str, Cost]]:
    for number in range(count):
        order = list(MAKERS) if number % 2 else list(MAKERS)[::-1]
        costs = {name: made(name, address) for name in order}
        assert len({cost["rows"] for cost in costs.values()}) == 1, f"not the same rows: {costs}"
        say(f"  round {number + 1} of {count}")
        yield costs


def measured(args: Namespace) -> list[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = stack.enter_context(mongod(folder)) + "/bench"
        with closing(open_store(address)) as store:
            fill(store, 0, args.records)
        turns = list(rounds(address, args.rounds))
    figures = []
    for name in MAKERS:
        for kind, unit in (("wall", "s"), ("cpu", "s of CPU"), ("peak", "MiB")):
            figures.append(figure(f"{kind}/{name}", unit, (each[name][kind] for each in turns)))
        for kind, cost in (("speed", "wall"), ("less memory", "peak")):
            figures.append(figure(f"{kind}/{name}", "", (each[name][cost] / each[OURS][cost] for each in turns)))
    return figures


def report(figures: list[Figure]) -> None:
    by_name = {each.name: each for each in figures}
    rows = [
        [
            name,
            *(short(by_name[f"{kind}/{name}"].median) for kind in ("wall", "cpu", "peak")),
            *(by_name[f"{kind}/{name}"] for kind in ("speed", "less memory")),
        ]
        for name in MAKERS
    ]
    head = ["maker", "wall s", "CPU s", "peak MiB", f"{OURS} is as fast, times", "its memory beside ours"]
    say("\n" + table(head, rows))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--make", choices=MAKERS, help="make it once here and print the costs")
    parser.add_argument("--address", help="of the store, for --make")
    args = parser.parse_args()
    if args.make:
        print(json.dumps(make(args.make, args.address)))
        return
    figures = measured(args)
    report(figures)
    finish(args, figures)


if __name__ == "__main__":
    main()
