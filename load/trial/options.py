"""What can be asked for on the command line."""

import argparse
from pathlib import Path

from trial.shapes import SHAPES
from trial.targets import FILE, Refused


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./task load --", description="Load a target and judge it by its limits.")
    parser.add_argument("--target", required=True, help="a name in load/limits.yaml")
    parser.add_argument("--shape", choices=SHAPES, default="smoke")
    parser.add_argument(
        "--confirm", default="", metavar="NAME", help="the target's name once more, where it asks for that"
    )
    parser.add_argument("--address", default="", metavar="URL", help="where the target is today, if not at the list's")
    parser.add_argument(
        "--disturbed", default="", metavar="WHAT", help="this is broken on purpose meanwhile: the limits for that hold"
    )
    parser.add_argument("--limits", type=Path, default=FILE, metavar="FILE")
    parser.add_argument("--secrets", type=Path, metavar="FOLDER", help="instead of the target's own")
    parser.add_argument("--results", type=Path, default=Path("load/results"), metavar="FOLDER")
    parser.add_argument("--time-factor", type=float, default=1.0, metavar="N", help="the shape in N times its time")
    parser.add_argument("--line", action="store_true", help="the verdict once more at the end, as a line of JSON")
    _add_workers(parser)
    return parser


def _add_workers(parser: argparse.ArgumentParser) -> None:
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--workers", type=_number, default=0, metavar="N", help="N processes here make the requests")
    who.add_argument("--expect-workers", type=_number, default=0, metavar="N", help="N processes elsewhere make them")
    who.add_argument("--worker", type=place, metavar="HOST:PORT", help="make requests for the trial of this master")
    parser.add_argument("--bind", type=place, metavar="ADDRESS:PORT", help="where workers from elsewhere find this one")


def place(text: str) -> tuple[str, int]:
    """A host and a port. `*`: all addresses."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise argparse.ArgumentTypeError(f"{text!r} is no HOST:PORT")
    return host, int(port)


def check(options: argparse.Namespace) -> None:
    """Raises Refused for what does not go together."""
    if bool(options.expect_workers) != bool(options.bind):
        raise Refused("--expect-workers and --bind go together: workers from elsewhere come to an address that you say")


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of workers")
    return int(text)
