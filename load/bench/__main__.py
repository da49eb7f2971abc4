"""All benchmarks, one after the other, and the goals beside their figures: `./task bench`.

A result stays in build/bench until its part is run again; docs/benchmarks.md is written once every part has one.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure, read, say
from bench.page import Outcome, goals_table, machine, render, results_of, summary
from bench.parts import PARTS, Part

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/benchmarks.md"
_NAMES = [part.name for part in PARTS]


def run(part: Part, folder: Path, *, quick: bool) -> None:
    """What it prints is shown as it comes; its result replaces the one before."""
    figures = folder / f"{part.name}.figures"
    figures.unlink(missing_ok=True)
    arguments = shlex.split(part.quick if quick else part.arguments)
    begun, load = time.monotonic(), os.getloadavg()[0]
    printed = _printed([sys.executable, "-m", f"bench.{part.module}", *arguments, "--json", str(figures)])
    if not figures.exists():
        sys.exit(f"bench: {part.name} has measured nothing; what it printed last: {printed[-300:]}")
    moment = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    _write(folder, part.name, Outcome(read(figures), printed, moment, time.monotonic() - begun, load))
    figures.unlink()


def _printed(command: list[str]) -> str:
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            say(line.rstrip("\n"))
            lines.append(line)
    return "".join(lines)


def _write(folder: Path, name: str, outcome: Outcome) -> None:
    content = {**asdict(outcome), "figures": [asdict(each) for each in outcome.figures]}
    (folder / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def known(folder: Path) -> dict[str, Outcome]:
    """The results that there are, in the order of the parts."""
    found = {}
    for name in _NAMES:
        if (path := folder / f"{name}.json").exists():
            content = json.loads(path.read_text(encoding="utf-8"))
            figures = [Figure(each["name"], each["unit"], tuple(each["values"])) for each in content.pop("figures")]
            found[name] = Outcome(figures, **content)
    return found


def chosen(only: Iterable[str]) -> list[Part]:
    """Exits with the names that there are, where one is none of them."""
    wanted = list(only) or _NAMES
    if unknown := [name for name in wanted if name not in _NAMES]:
        sys.exit(f"bench: no part is called {', '.join(unknown)}; there are {', '.join(_NAMES)}")
    return [part for part in PARTS if part.name in wanted]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="PARTS", help=f"comma-separated: {', '.join(_NAMES)}")
    parser.add_argument(
        "--quick", action="store_true", help="a little of everything: shows that it works, not how fast"
    )
    parser.add_argument("--json", action="store_true", help="print the figures and the goals as JSON at the end")
    args = parser.parse_args()
    folder = ROOT / "build" / ("bench-quick" if args.quick else "bench")
    folder.mkdir(parents=True, exist_ok=True)
    parts = chosen(filter(None, args.only.split(",")))
    for number, part in enumerate(parts, 1):
        say(f"\n[{number}/{len(parts)}] {part.title}")
        run(part, folder, quick=args.quick)
    outcomes = known(folder)
    results = results_of(outcomes)
    say(f"\n{goals_table(results)}\n\n{summary(results)}")
    if not args.quick and len(outcomes) == len(PARTS):
        PAGE.write_text(render(outcomes, machine()), encoding="utf-8")
        say(f"written: {PAGE.relative_to(ROOT)}")
    if args.json:
        medians = {part: {name: each.median for name, each in found.items()} for part, found in results.items()}
        print(json.dumps(medians))


if __name__ == "__main__":
    main()
