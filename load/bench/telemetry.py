"""What telemetry costs a hot read: `./task bench`.

Everything on (metrics, the access log, traces of 10 % to an endpoint that takes them) against everything off, in turns
on one core, with wrk on another; and a third server that logs 10,000 lines a second beside its answers. Exits with 1
where more than 15 % of the requests a second are lost. Needs wrk and taskset.
"""

import os
import sys
import tempfile
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench.figures import Figure, arguments, figure, finish, say
from bench.installation import Installation, installed, started
from bench.mongo import mongod
from bench.turns import SERVER_CORE, Target, compared, report, rounds
from bench.web import SOURCES

MOST_LOST = 0.15


class _Taker(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


@contextmanager
def endpoint() -> Iterator[str]:
    """Takes spans and forgets them."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Taker) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def target(stack: ExitStack, home: Installation, name: str, command: list[str], more: dict[str, str]) -> Target:
    port = home.free_port()
    environment = {**home.environment, "GLEANER_BIND": f"127.0.0.1:{port}", "GLEANER_WORKER": f"bench-{name}", **more}
    server = stack.enter_context(started(command, environment, port, "/livez", core=SERVER_CORE))
    return Target(name, server, SOURCES, home.headers)


def measured(args: Namespace) -> list[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        home = installed(folder, stack.enter_context(mongod(folder)) + "/bench", 10)
        traced = {"GLEANER_OTLP_ENDPOINT": stack.enter_context(endpoint()), "GLEANER_TRACE_RATIO": args.ratio}
        lines = {"GLEANER_LOGS": str(folder / "logs")}
        programs = {name: [sys.executable, "-m", f"bench.{name}", "serve"] for name in ("quiet", "noisy")}
        found = [
            target(stack, home, "on", home.command, traced | lines),
            target(stack, home, "off", programs["quiet"], {"GLEANER_LOG_LEVEL": "error"}),
            target(stack, home, "noisy", programs["noisy"], lines),
        ]
        say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; GET {SOURCES} with a token")
        turns = list(rounds(found, args.rounds, args.seconds))
    left = figure("left/on", "", (each["on"].rate / each["off"].rate for each in turns))
    figures = [*compared(turns, "on"), left]
    report(figures, list(turns[0]), "on")
    say(f"\nwith everything on {left} of the requests a second are left")
    return figures


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3, help="of each run of wrk")
    parser.add_argument("--ratio", default="0.1", help="of the traces that are recorded")
    args = parser.parse_args()
    figures = measured(args)
    finish(args, figures)
    sys.exit(figures[-1].median < 1 - MOST_LOST)


if __name__ == "__main__":
    main()
