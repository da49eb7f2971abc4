"""The commands of the pages: a mark above each block says who runs it, or why nobody does.

`runs: laptop`, `runs: cluster`, `tested by: FILE, FILE` or `not run: REASON`.
"""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAPTOP, CLUSTER = "laptop", "cluster"
WALK = ("quick-start", "first-source", "deploy", "backup")  # the pages that a newcomer follows, in this order
_BLOCK = re.compile(
    r"(?:^ *<!-- (?P<kind>runs|tested by|not run): (?P<value>[^\n]*\S) -->\n)?"
    r"^(?P<indent> *)```sh\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_NOTE = re.compile(r"(?m)(^|\s)#.*$")
_ESSENTIAL = (
    re.compile(r"\./task (?:gleaner -- )?([\w-]+)"),
    re.compile(r"\bgleaner (?!-)([a-z-]+)"),
    re.compile(r"\bkubectl\s+(?:-n \S+\s+|--[\w-]+[= ]\S+\s+)*([a-z-]+)"),
    re.compile(r"/api/v1/([a-z]+)"),
)


@dataclass(frozen=True)
class Block:
    """Some lines for a shell, where they stand, and the mark's two halves, which are empty where there is none."""

    page: Path
    line: int
    text: str
    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"

    @property
    def files(self) -> list[Path]:
        """Whose tests run it."""
        return [ROOT / name for name in self.value.split(", ")] if self.kind == "tested by" else []

    def runs_on(self, place: str) -> bool:
        return (self.kind, self.value) == ("runs", place)

    def words(self) -> set[str]:
        """What each command is about: the task, the command of gleaner, kubectl's verb, the path in the API."""
        text = _NOTE.sub("", self.text.replace("\\\n", " "))
        return {word for form in _ESSENTIAL for word in form.findall(text)}


def blocks(page: Path) -> Iterator[Block]:
    """Every block for a shell, in the order of the page."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("text"))
        yield Block(page, line, textwrap.dedent(found["text"]), found["kind"] or "", found["value"] or "")
