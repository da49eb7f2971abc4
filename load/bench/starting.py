"""Start-up and memory: how long until the first answer, what an idle server holds, how long the demo takes."""

import os
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path

from bench.figures import Figure, arguments, figure, finish, say, table
from bench.installation import Installation, Server, installed, started
from bench.mongo import mongod
from bench.turns import SERVER_CORE


def server_figures(home: Installation, rounds: int) -> list[Figure]:
    """Of `serve` with web, runner and scheduler in one process, on MongoDB."""
    seconds, idle, busy = [], [], []
    for _ in range(rounds):
        with started(home.command, home.environment, home.port, "/livez", core=SERVER_CORE) as server:
            seconds.append(server.seconds)
            idle.append(server.memory())
            _walk(home, server)
            busy.append(server.peak())
    return [
        figure("seconds/first answer", "s", seconds),
        figure("memory/idle", "MiB", idle),
        figure("memory/peak", "MiB", busy),
    ]


def _walk(home: Installation, server: Server) -> None:
    """Each page and a large answer a few times, as a visitor would make them."""
    session = home.log_in()
    for _ in range(5):
        for path in ("/", "/sources/bench", "/runs", "/reports"):
            session.get(server.url + path, timeout=30).raise_for_status()
        home.get("/api/v1/sources/bench/records?limit=500")


def command_seconds(rounds: int, *arguments: str) -> list[float]:
    found = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            begun = time.monotonic()
            command = [sys.executable, "-m", "gleaner", *arguments]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=_plain())
            found.append(time.monotonic() - begun)
        if done.returncode:
            sys.exit(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
    return found


def _plain() -> dict[str, str]:
    """The environment without settings of somebody's own Gleaner."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GLEANER_")}


def measured(args: Namespace) -> list[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        home = installed(folder, stack.enter_context(mongod(folder)) + "/bench", args.records)
        figures = server_figures(home, args.rounds)
    return [
        *figures,
        figure("seconds/version", "s", command_seconds(args.rounds, "--version")),
        figure("seconds/demo", "s", command_seconds(1, "demo", "--once")),
    ]


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--records", type=int, default=10_000)
    args = parser.parse_args()
    figures = measured(args)
    say("\n" + table(["what", "measured"], [[each.name.replace("/", ": "), each] for each in figures]))
    finish(args, figures)


if __name__ == "__main__":
    main()
