"""The web against bare WSGI, bare Flask and gunicorn: `./task bench`. Needs wrk and taskset."""

import os
import platform
import sys
import tempfile
from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path

from bench.figures import Figure, arguments, figure, finish, say
from bench.installation import Installation, Server, installed, started
from bench.mongo import mongod
from bench.turns import SERVER_CORE, Target, compared, report, rounds

SOURCES = "/api/v1/sources"
OURS, NOT_MODIFIED = "gleaner", "gleaner 304"
_GUNICORN = ["-m", "gunicorn", "-k", "gthread", "--threads", "4", "-w", "1", "--log-level", "error"]


def targets(stack: ExitStack, home: Installation, folder: Path) -> list[Target]:
    """Ours, its 304, and what it is measured against; all answer with the same bytes."""
    ours = stack.enter_context(started(home.command, home.environment, home.port, "/livez", core=SERVER_CORE))
    answer = home.get(SOURCES)
    say(f"answer of {len(answer.content)} bytes")
    etag = {"If-None-Match": answer.headers["ETag"]}
    return [
        Target(OURS, ours, SOURCES, home.headers),
        Target(NOT_MODIFIED, ours, SOURCES, {**home.headers, **etag}, fine_without_body=True),
        *peers(stack, home, folder, answer.content),
    ]


def peers(stack: ExitStack, home: Installation, folder: Path, content: bytes) -> list[Target]:
    (folder / "body.json").write_bytes(content)
    environment = {**os.environ, "BENCH_BODY": str(folder / "body.json")}
    commands = {
        "flask on granian": lambda port: ["-m", "bench.targets", "flask", port],
        "flask on gunicorn": lambda port: [*_GUNICORN, "-b", f"127.0.0.1:{port}", "bench.targets:bare_flask()"],
        "wsgi on granian": lambda port: ["-m", "bench.targets", "wsgi", port],
    }
    found = []
    for name, command in commands.items():
        port = home.free_port()
        program = [sys.executable, *command(str(port))]
        server = stack.enter_context(started(program, environment, port, SOURCES, core=SERVER_CORE))
        found.append(Target(name, server, SOURCES, {}))
    return found


def page_cost(home: Installation, server: Server, count: int) -> Figure:
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
    return figure("cpu/records page", "ms of CPU", costs)


def measured(args: Namespace) -> list[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        home = installed(folder, stack.enter_context(mongod(folder)) + "/bench", args.records)
        found = targets(stack, home, folder)
        turns = list(rounds(found, args.rounds, args.seconds))
        server = found[0].server
        page = page_cost(home, server, args.pages)
        after = figure("memory/after", "MiB", [server.memory()])
    figures, unchanged = compared(turns, OURS), compared(turns, NOT_MODIFIED)
    report(figures, list(turns[0]), OURS)
    report(unchanged, list(turns[0]), NOT_MODIFIED)
    say(f"\nthe records page takes {page}, {after} after all of it")
    return [*figures, *(Figure(f"304/{each.name}", each.unit, each.values) for each in unchanged), page, after]


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each run of wrk")
    parser.add_argument("--records", type=int, default=100_000, help="in the source whose page is measured")
    parser.add_argument("--pages", type=int, default=40, help="requests of the records page, five times")
    args = parser.parse_args()
    say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}")
    finish(args, measured(args))


if __name__ == "__main__":
    main()
