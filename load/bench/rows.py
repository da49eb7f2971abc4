"""A page of 50 rows, as JSON and as HTML, against Datasette, which serves the same rows from SQLite: `./task bench`.

It is the second page, which no cache of ours answers; our HTML has a chart of how many records came each day beside the
rows. Datasette gets what makes it quicker: an immutable file, counted beforehand, no facets. Needs wrk and taskset.
"""

import sqlite3
import subprocess
import sys
import tempfile
from argparse import Namespace
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path

from bench.figures import Figure, arguments, finish, say
from bench.installation import Server, installed, record, started
from bench.turns import SERVER_CORE, Target, compared, report, rounds

_QUIET = "_nofacet=1&_nosuggest=1&_nocount=1"
OURS = {"api": "gleaner", "page": "gleaner page"}


def targets(stack: ExitStack, folder: Path, records: int) -> list[Target]:
    home = installed(folder, f"sqlite:{folder / 'bench.db'}", records)
    ours = stack.enter_context(started(home.command, home.environment, home.port, "/livez", core=SERVER_CORE))
    theirs = stack.enter_context(_datasette(folder, records, home.free_port()))
    cookie = "; ".join(f"{name}={value}" for name, value in home.log_in().cookies.items())
    first = home.get("/api/v1/sources/bench/records?sort=key&limit=50").json()
    cursor = first["next"]
    last = first["items"][-1]["key"].strip('"')
    return [
        Target(OURS["api"], ours, f"/api/v1/sources/bench/records?sort=key&limit=50&cursor={cursor}", home.headers),
        Target("datasette", theirs, f"/rows/records.json?_size=50&_next={last}&_shape=objects&{_QUIET}", {}),
        Target(OURS["page"], ours, f"/sources/bench?sort=key&cursor={cursor}", {"Cookie": cookie}),
        Target("datasette page", theirs, f"/rows/records?_size=50&_next={last}&{_QUIET}", {}),
    ]


def _datasette(folder: Path, records: int, port: int) -> AbstractContextManager[Server]:
    file, counts = folder / "rows.db", folder / "counts.json"
    _write_rows(file, records)
    program = [sys.executable, "-m", "datasette"]
    counted = subprocess.run([*program, "inspect", str(file)], capture_output=True, check=True)
    counts.write_bytes(counted.stdout)
    command = [*program, "serve", "-i", str(file), "--inspect-file", str(counts), "-p", str(port)]
    return started(command, {}, port, "/-/versions.json", core=SERVER_CORE)


def _write_rows(file: Path, records: int) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "CREATE TABLE records (key TEXT PRIMARY KEY, time INTEGER, magnitude, place, felt, kind, body)"
        )
        database.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)", map(_row, range(records)))


def _row(number: int) -> tuple[object, ...]:
    made = record(number)
    return made.key.strip('"'), made.time, *made.fields.values(), made.body


def measured(args: Namespace) -> list[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        turns = list(rounds(targets(stack, folder, args.records), args.rounds, args.seconds))
    figures = []
    for kind, ours in OURS.items():
        pair = [name for name in turns[0] if name.endswith("page") == (kind == "page")]
        found = compared([{name: each[name] for name in pair} for each in turns], ours)
        report(found, pair, ours)
        figures += found
    return figures


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each run of wrk")
    parser.add_argument("--records", type=int, default=100_000)
    args = parser.parse_args()
    say(f"50 of {args.records:,} rows a page, both from SQLite")
    finish(args, measured(args))


if __name__ == "__main__":
    main()
