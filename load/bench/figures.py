"""What a benchmark measures: figures with their spread, ratios within a round, and the exponent of a growth curve."""

import argparse
import json
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One value a round. The median counts; the range says how far to trust it. The unit of a ratio is ""."""

    name: str
    unit: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if len(self.values) == 1:
            return f"{short(self.median)}{unit}"
        return f"{short(self.median)} ({short(min(self.values))}–{short(max(self.values))}){unit}"


def figure(name: str, unit: str, values: Iterable[float]) -> Figure:
    return Figure(name, unit, tuple(values))


def short(value: float) -> str:
    """Three significant digits at least, no exponent, thousands apart: 0.0312, 1.09, 46.1, 12,345."""
    if value == 0:
        return "0"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """b of cost = a * size ** b by least squares on logarithms: 0 is flat, 1 is in proportion."""
    return statistics.linear_regression([math.log(size) for size in sizes], [math.log(cost) for cost in costs]).slope


def arguments(about: str | None) -> argparse.ArgumentParser:
    """What every benchmark takes."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, for programs")
    return parser


def finish(args: argparse.Namespace, figures: Sequence[Figure]) -> None:
    if args.json:
        args.json.write_text(json.dumps([asdict(each) for each in figures], indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> list[Figure]:
    return [Figure(each["name"], each["unit"], tuple(each["values"])) for each in json.loads(path.read_text())]


def say(text: str) -> None:
    print(text, flush=True)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Markdown; the first column is text, the others are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
