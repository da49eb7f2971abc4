"""Finds what looks like a secret in a text: keys and tokens by their form, other values by the name before them."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

_FORMS = {  # what each kind of secret looks like, wherever it stands
    "private key": r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "age identity": r"AGE-SECRET-KEY-(?:PQ-)?1[02-9AC-HJ-NP-Z]{40,}",
    "AWS key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub token": r"\b(?:gh[opsur]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})",
    "GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "Slack token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    "package registry token": r"\bpypi-AgE[A-Za-z0-9_-]{40,}|\bnpm_[A-Za-z0-9]{36}\b",
    "JSON web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "password in an address": r"\b[a-z][a-z0-9+.-]*://[^\s/:@\"'<>{}$]*:[^\s/@\"'<>{}$]{8,}@",
}
_FORM = {kind: re.compile(form) for kind, form in _FORMS.items()}
_ASSIGNED = re.compile(  # `secretName` refers to one and holds none
    r"(?i)(?:passw(?:or)?d|secret(?!Name\b)|token|credential|keyfile|(?:api|private|access|session)[_-]?key)"
    r"[\w.-]{0,40}[\"']? ?[:=] {0,4}[\"']?(?P<value>[A-Za-z0-9+/_=.~!@#%^&*-]{12,})(?=[\"'\s,}]|$)"
)
_VALUES = {
    ".yaml",
    ".yml",
    ".env",
    ".json",
    ".toml",
    ".ini",
    ".conf",
    ".cfg",
    ".properties",
    ".sh",
    ".html",
    ".py",
    ".md",
    "",
}
_PATH = re.compile(r"(?:/[a-z0-9._-]+)+")  # what a generator makes has capitals, too
_MARKS = ("…", "<", "REPLACE", "EXAMPLE", "${", "$(")  # a text with one of these is there to be replaced
_LEAST_BITS = 3.3  # of a character: words have less, what a generator of passwords makes has more


class Leak(NamedTuple):
    """Where it stands and of what kind it is; never the secret itself."""

    file: str
    line: int
    kind: str


def leaks(root: Path, files: Iterable[str]) -> Iterator[Leak]:
    """What looks like a secret in these files; those that are no text have none that could be read."""
    for file in files:
        path = root / file
        if path.is_file():
            yield from in_text(file, path.read_bytes().decode("utf-8", "replace"))


def in_text(file: str, text: str) -> Iterator[Leak]:
    """Leaks of one file, whose name says whether it assigns values."""
    for kind, form in _FORM.items():
        yield from (Leak(file, _line(text, found.start()), kind) for found in form.finditer(text))
    if Path(file).suffix in _VALUES:
        for found in _ASSIGNED.finditer(text):
            if _random(found["value"]):
                yield Leak(file, _line(text, found.start()), "value under a secret's name")
    if Path(file).suffix in {".yaml", ".yml"}:
        yield from _in_objects(file, text)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _random(value: str) -> bool:
    """Whether a generator made it: letters and digits in no order. A name, a path or a reference is none."""
    if not re.search(r"\d", value) or not re.search(r"[A-Za-z]", value) or _to_replace(value):
        return False
    if _PATH.fullmatch(value):
        return False
    return bits(value) >= _LEAST_BITS


def bits(value: str) -> float:
    """Shannon's entropy of a text's characters, in bits for each."""
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())


def _in_objects(file: str, text: str) -> Iterator[Leak]:
    """Secrets and generators of Secrets with values in them, also within a List or a patch."""
    if not re.search(r"kind[\"']?\s*:\s*[\"']?Secret\b(?![\"']?, name)|secretGenerator", text):
        return
    try:
        documents = list(yaml.load_all(_filled_in(text), Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        yield Leak(file, 1, "Secret that cannot be read")
        return
    for node in _nodes(documents):
        values = [*_texts(node.get("data")), *_texts(node.get("stringData"))] if node.get("kind") == "Secret" else []
        for generator in node.get("secretGenerator") or []:
            values += [literal.partition("=")[2] for literal in generator.get("literals", [])]
        given = [value for value in values if value and not _to_replace(value)]
        yield from (Leak(file, 1, "value in a Secret") for _ in given)


def _filled_in(text: str) -> str:
    """A template as what it makes: its expressions are placeholders, its statements are none of the text."""
    text = re.sub(r"\{%.*?%\}|^%\w+$", "", text, flags=re.MULTILINE)
    return re.sub(r"\{\{.*?\}\}|(?<=: )%\w+$", "<>", text, flags=re.MULTILINE)


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from _nodes(child)


def _texts(values: Any) -> Iterator[str]:
    if isinstance(values, dict):
        yield from (str(value) for value in values.values())


def _to_replace(value: str) -> bool:
    return any(mark in value for mark in _MARKS)
