"""What was cut or changed on the way into a file, in words for its reader."""

from collections.abc import Callable

Note = Callable[[str], None]


def times(count: int, what: str) -> str:
    """`1 text`, `1,234 texts`."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
