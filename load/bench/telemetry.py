"""What telemetry costs a hot read: `./task bench-telemetry` (or python load/bench/telemetry.py --help).

Everything on (metrics, the access log, traces of 10 % to an endpoint that takes them) against everything off, in turns
(A, B, B, A) on one core, with wrk on another. Exits with 1 where more than 15 % of the requests a second are lost.
Needs wrk and taskset.
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from installation import Installation, installed, started
from server import mongod

from web import SOURCES, Target, rounds, say, spread

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
    server = stack.enter_context(started(command, environment, port, "/livez", core=0))
    return Target(name, server, home.headers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3, help="of each run of wrk")
    parser.add_argument("--ratio", default="0.1", help="of the traces that are recorded")
    args = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        home = installed(folder, stack.enter_context(mongod(folder)), 10)
        taker = stack.enter_context(endpoint())
        quiet = [sys.executable, str(Path(__file__).with_name("quiet.py")), "serve"]
        traced = {"GLEANER_OTLP_ENDPOINT": taker, "GLEANER_TRACE_RATIO": args.ratio}
        found = [
            target(stack, home, "on", home.command, traced | {"GLEANER_LOGS": str(folder / "logs")}),
            target(stack, home, "off", quiet, {"GLEANER_LOG_LEVEL": "error"}),
        ]
        say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; GET {SOURCES} with a token")
        measured = list(rounds(found, args.rounds, args.seconds))
    for name in ("on", "off"):
        speed, cost = (statistics.median(each[name][i] for each in measured) for i in (0, 1))
        say(f"{name}: {speed:,.0f} requests/s, {cost:.1f} µs of CPU a request")
    ratios = [each["on"][0] / each["off"][0] for each in measured]
    efforts = [each["off"][1] / each["on"][1] for each in measured]
    say(f"requests/s with telemetry / without: {spread(ratios, 3)}; by CPU: {spread(efforts, 3)}")
    sys.exit(statistics.median(ratios) < 1 - MOST_LOST)


if __name__ == "__main__":
    main()
