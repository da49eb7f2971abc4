"""How the values of a label stay few, whatever comes in."""

from collections.abc import Callable

OTHER = "other"
LONGEST = 100  # characters of a value; names of the catalog have 63 at most


class Bound:
    """Maps any text to one of few. Called by one thread at a time."""

    def __init__(self, words: str, bounded: Callable[[str], str]) -> None:
        """`words` say which values there are, for the page of metrics."""
        self.words = words
        self._bounded = bounded

    def __call__(self, value: str) -> str:
        return self._bounded(value)


def among(*values: str) -> Bound:
    """One of these, or `other`."""
    known = frozenset(values)
    return Bound(", ".join(f"`{value}`" for value in values), lambda value: value if value in known else OTHER)


def at_most(number: int, what: str) -> Bound:
    """The first so many that come; later ones become `other`."""
    seen: set[str] = set()

    def bounded(value: str) -> str:
        clean = value[:LONGEST].encode("utf-8", "replace").decode()  # a lone surrogate would break the whole answer
        if clean not in seen and len(seen) >= number:
            return OTHER
        seen.add(clean)
        return clean

    return Bound(f"{what}, {number} at most", bounded)


def names(what: str) -> Bound:
    """Names of the catalog."""
    return at_most(250, what)
