"""The table of policies/README.md: one line for each policy, from its annotations and from what it matches."""

from collections.abc import Iterator
from pathlib import Path

from proofs import autogen
from proofs.folders import ROOT, Folder, Object, folders

README = ROOT / "README.md"
BEGIN, END = "<!-- table: made by `python -m proofs table` -->", "<!-- end of the table -->"
ANNOTATIONS = ("pss", "nsa", "cis", "published", "misses")
_PREFIX = "gleaner.example/"
_HEAD = (
    *("Policy", "Rule", "Kinds", "Pod Security control", "NSA/CISA", "CIS"),
    *("Published counterpart", "What that misses"),
)


class Stale(ValueError):
    """The README has no place for the table."""


def rows() -> Iterator[tuple[str, ...]]:
    for folder in folders():
        yield from (_row(folder, policy) for policy in folder.policies)


def _row(folder: Folder, policy: Object) -> tuple[str, ...]:
    annotations, name = policy["metadata"]["annotations"], policy["metadata"]["name"]
    title = annotations["policies.kyverno.io/title"]
    said = (annotations[f"{_PREFIX}{each}"] for each in ANNOTATIONS)
    return (f"[{name}]({folder.name}/README.md)", title, kinds(policy), *said)


def kinds(policy: Object) -> str:
    """The resources that a policy matches; a rule for pods that kyverno extends says so."""
    rules = policy["spec"]["matchConstraints"]["resourceRules"]
    found = ", ".join(dict.fromkeys(name for rule in rules for name in rule["resources"]))
    extended = policy["kind"] == "ValidatingPolicy" and autogen.applies(policy["spec"])
    return f"{found} and their controllers" if extended else found


def rendered() -> str:
    """The table in Markdown; a bar within a cell is escaped."""
    lines = [_HEAD, ("---",) * len(_HEAD), *rows()]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def renewed(text: str) -> str:
    """The README with the table of today. Raises Stale."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise Stale(f"the README has to hold {BEGIN} and {END} once each")
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{rendered()}\n\n{END}{rest.partition(END)[2]}"


def write(path: Path = README) -> int:
    path.write_text(renewed(path.read_text()))
    return 0
