"""JSON text with indentation, every value exactly as it is written: a number is never read."""

import re

_PIECE = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[{}\[\],:]|[^\s{}\[\],:"]+')
_STEP = "  "


def pretty(text: str) -> str:
    """The text is JSON without spaces, as records are kept, or the beginning of one."""
    parts: list[str] = []
    depth, opened = 0, False
    for piece in _PIECE.findall(text):
        closing = piece in {"}", "]"}
        depth -= closing
        if opened != closing:  # after an opening one unless it closes at once, or before a closing one
            parts.append("\n" + _STEP * depth)
        parts.append(_spaced(piece, depth))
        opened = piece in {"{", "["}
        depth += opened
    return "".join(parts)


def _spaced(piece: str, depth: int) -> str:
    if piece == ",":
        return ",\n" + _STEP * depth
    return ": " if piece == ":" else piece
