"""`./task adopt`: write the folder, and check it. Exit status: 0 all is well, 1 a check failed, 2 it cannot be done."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from adopting import answers, checking, panels
from adopting.answers import Answers, Refused
from adopting.writing import write
from gleaner import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        folder = given.check or _written(given)
        good = checking.report(folder, answers.read(folder), kyverno=given.kyverno)
        if given.metrics:
            panels.report(panels.text_of(given.metrics))
    except (Refused, panels.NotThere) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0 if good else 1


def _written(given: argparse.Namespace) -> Path:
    for name in ("name", "image", "host", "to"):
        if not getattr(given, name):
            raise Refused(f"--{name} is missing (or --check FOLDER for one that is there)")
    write(_answers(given), given.to)
    sys.stdout.write(f"{given.to}: written; its README.md says what is where\n")
    return Path(given.to)


def _answers(given: argparse.Namespace) -> Answers:
    return Answers(
        name=given.name,
        namespace=given.namespace or given.name,
        image=given.image,
        host=given.host,
        guard_image=given.guard_image,
        live=given.live,
        ready=given.ready,
        secrets=tuple(given.secret),
        beside=tuple(given.beside),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./task adopt --", description="Put the bundle around another Flask service (docs/adopt.md)."
    )
    add = parser.add_argument
    add("--name", help="of the service: label, database, priority class")
    add("--namespace", help="where it runs (the name)")
    add("--image", help="the service's image")
    add("--host", help="under which people reach it")
    add("--to", type=Path, metavar="FOLDER", help="what to write; it must not be there, or be empty")
    guard = f"gleaner:{__version__}"
    add("--guard-image", default=guard, metavar="IMAGE", help=f"Gleaner's, for the guard beside mongod ({guard})")
    add("--live", default="/livez", metavar="PATH", help="asks nothing but the process (/livez)")
    add("--ready", default="/readyz", metavar="PATH", help="fails while the database is away (/readyz)")
    add("--secret", action="append", default=[], metavar="NAME", help="a Secret to mount at /run/NAME; repeat it")
    add("--beside", action="append", default=[], metavar="NAMESPACE", help="one that Prometheus goes on watching")
    add("--check", type=Path, metavar="FOLDER", help="check a folder that was made before, and write nothing")
    add("--kyverno", action="store_true", help="ask Kyverno's own program as well (a minute)")
    add("--metrics", metavar="FILE|URL", help="what the service exports: tells which panels will have no series")
    return parser
