"""The list of bypasses: real manifests that get past published policies."""

import re
from pathlib import Path

import pytest

from proofs.attempts import Attempt
from proofs.checking import complaints, verdicts
from proofs.folders import ROOT, documents, examples, identity

FILES = sorted((ROOT / "bypasses").glob("*.yaml"))
_FEWEST = 40
_HEADER = re.compile(r"^# (source|gets past|refused by|subresource|old): (.+)$", re.MULTILINE)


def header(path: Path) -> dict[str, str]:
    return dict(_HEADER.findall(path.read_text()))


def attempt(path: Path) -> Attempt:
    """The request that a file stands for."""
    said = header(path)
    (thing,) = documents(path)
    old = next((each for each in examples() if identity(each) == said.get("old")), None)
    return Attempt(
        id=path.stem,
        object=thing,
        old=old,
        operation="UPDATE" if old else "CREATE",
        refused_by=said["refused by"],
        about=said["refused by"],
        subresource=said.get("subresource", ""),
    )


def test_there_are_many() -> None:
    """At least forty attempts, numbered without a gap."""
    assert len(FILES) >= _FEWEST
    assert [int(path.name.partition("-")[0]) for path in FILES] == list(range(1, len(FILES) + 1))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_bypass_is_refused_by_the_policy_that_it_names(path: Path) -> None:
    """Each says where it is from and what it gets past; one policy refuses it, and no other."""
    assert {"source", "gets past", "refused by"} <= set(header(path))
    tried = attempt(path)
    assert ("old" in header(path)) == bool(tried.old)
    assert not complaints(tried, verdicts(tried))
