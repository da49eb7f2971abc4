"""Single values of the catalog: text, numbers, durations, choices; each reader raises ValueError."""

from collections.abc import Callable
from typing import Any

import msgspec

from gleaner.catalog.expressions import compile_expression
from gleaner.catalog.nodes import Items, Node, Scalar, Unread
from gleaner.catalog.templates import references
from gleaner.units import Bytes, Seconds

_LONGEST_SHOWN = 80


def read_single(wanted: type, node: Node) -> Any:
    """The node's value as the wanted type."""
    if not isinstance(node, Scalar):
        raise ValueError(f"{shown(node)} is not {_NAMES[wanted]}")  # noqa: TRY004 (a mistake of the catalog)
    if node.value is None:
        raise ValueError(f"nothing is given; {_NAMES[wanted]} is expected")
    return _READERS[wanted](node)


def read_written(allowed: list[type], node: Node) -> Any:
    """The node's value in the type that it was written in, one of those allowed."""
    if not isinstance(node, Scalar) or type(node.value) not in allowed:
        raise ValueError(f"{shown(node)} is not {' or '.join(_NAMES[wanted] for wanted in allowed)}")
    if isinstance(node.value, float) and node.text != repr(node.value):
        raise ValueError(f"{node.text} would become {node.value!r}; write that, or put it in quotes to keep the text")
    return node.value


def read_choice(allowed: tuple[str, ...], node: Node) -> str:
    """One of a few words."""
    if isinstance(node, Scalar) and node.text in allowed:
        return node.text
    raise ValueError(f"{shown(node)} is not one of {', '.join(allowed)}")


def check_limits(meta: msgspec.Meta, value: Any) -> None:
    """What the model says beside the type: bounds, lengths, the language of a text."""
    if meta.ge is not None and meta.le is not None and not meta.ge <= value <= meta.le:
        raise ValueError(f"{value} is not from {meta.ge} to {meta.le}")
    if meta.ge is not None and value < meta.ge:
        raise ValueError(f"{value} is not {meta.ge} or more")
    if meta.gt is not None and value <= meta.gt:
        raise ValueError(f"{value} is not more than {meta.gt}")
    if meta.min_length is not None and len(value) < meta.min_length:
        raise ValueError("at least one is needed")
    if meta.extra:
        _LANGUAGES[meta.extra["kind"]](value)


def shown(node: Node) -> str:
    """The node for a message: text in quotes, other values as they were written."""
    if isinstance(node, Scalar):
        short = node.text if len(node.text) <= _LONGEST_SHOWN else node.text[: _LONGEST_SHOWN - 3] + "..."
        return repr(short) if isinstance(node.value, str) else short or "nothing"
    if isinstance(node, Unread):
        return "what cannot be read"
    return "a list" if isinstance(node, Items) else "a mapping"


def _whole_number(node: Scalar) -> int:
    if isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value
    raise ValueError(f"{shown(node)} is not a whole number")


def _number(node: Scalar) -> float:
    if isinstance(node.value, int | float) and not isinstance(node.value, bool) and abs(node.value) < 2**1000:
        return float(node.value)
    raise ValueError(f"{shown(node)} is not a number")


def _boolean(node: Scalar) -> bool:
    if isinstance(node.value, bool):
        return node.value
    raise ValueError(f"{shown(node)} is not true or false")


def _quantity(unit: type[Seconds] | type[Bytes]) -> Callable[[Scalar], Any]:
    def read(node: Scalar) -> Any:
        try:
            quantity = unit.parse(node.value)
            fits = quantity < 2**53
        except OverflowError:
            fits = False
        except ValueError:
            raise ValueError(f"{shown(node)} is not {unit.allowed}") from None
        if not fits:
            raise ValueError(f"{shown(node)} is too large")
        return quantity

    return read


_READERS: dict[type, Callable[[Scalar], Any]] = {
    str: lambda node: node.text,  # as it was written: 1.0, no and 2024-01-01 are text where text is wanted
    int: _whole_number,
    float: _number,
    bool: _boolean,
    Seconds: _quantity(Seconds),
    Bytes: _quantity(Bytes),
}
_NAMES: dict[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Seconds: Seconds.allowed,
    Bytes: Bytes.allowed,
}
_LANGUAGES: dict[str, Callable[[str], object]] = {"jmespath": compile_expression, "template": references}
