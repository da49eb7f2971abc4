"""Gleaner past one machine: `./task model -- answer`; `measure`, `validate` and `curve` are what it rests on."""

import argparse
import json
import sys
from pathlib import Path

import msgspec

from bench.figures import say
from model.answers import answer, curve
from model.measured import FILE, Measured, read, write
from model.validating import MOST_OFF, compare, misses, shown

_COMMANDS = {
    "measure": "measure here what the model is fed with (four minutes), into load/model/measured.json",
    "validate": "hold the simulation against two measured loads; exits with 1 where it is more than 15 % off",
    "answer": "pods and shards for rates and records, and where each limit is",
    "curve": "requests a second of 1 to 4 web pods",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "command", choices=_COMMANDS, help="; ".join(": ".join(each) for each in _COMMANDS.items()).replace("%", "%%")
    )
    parser.add_argument("--from", dest="file", type=Path, default=FILE, metavar="FILE", help="what was measured")
    parser.add_argument("--json", action="store_true", help="of `curve`: for programs")
    args = parser.parse_args()
    if args.command == "measure":
        from model.measuring.whole import measure

        write(measure(), args.file)
    elif args.command == "validate":
        _validate(_read(args.file))
    elif args.command == "answer":
        say(answer(_read(args.file)))
    else:
        found = curve(_read(args.file))
        say(json.dumps(found) if args.json else "\n".join(map(str, zip(*found.values(), strict=True))))


def _validate(measured: Measured) -> None:
    found = compare(measured)
    say(shown(found))
    if missed := misses(found):
        sys.exit(f"model: more than {MOST_OFF:.0%} off: " + "; ".join(missed))


def _read(file: Path) -> Measured:
    try:
        return read(file)
    except (OSError, msgspec.DecodeError) as error:
        sys.exit(f"model: {file}: {error}")


if __name__ == "__main__":
    main()
