"""The bypasses as attempts: their first lines say which policy refuses them, and by which way they come."""

import re
from pathlib import Path

from proofs.attempts import Attempt
from proofs.folders import documents

from harness.places import ROOT

_HEADER = re.compile(r"^# (refused by|subresource): (\S+)$", re.MULTILINE)


def bypasses() -> list[Attempt]:
    """Every file of policies/bypasses."""
    return [each for path in sorted((ROOT / "policies/bypasses").glob("*.yaml")) for each in _attempts(path)]


def _attempts(path: Path) -> list[Attempt]:
    """With more than one object in a file, the last is what gets past; the others are what it needs."""
    said = dict(_HEADER.findall(path.read_text(encoding="utf-8")))
    *others, last = documents(path)
    way, policy = said.get("subresource", ""), said["refused by"]
    return [Attempt(f"bypasses/{path.stem}", last, refused_by=policy, about=policy, subresource=way, cluster=others)]
