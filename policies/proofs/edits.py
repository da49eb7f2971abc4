"""Small changes of a CEL expression, each of which should change what a rule says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|(?P<word>[A-Za-z_]\w*)|(?P<number>\d[\w.]*)"""
    r"""|(?P<sign>&&|\|\||==|!=|<=|>=|\.\?|\[\?|[-+*/%<>!?:,.()\[\]{}])|(?P<space>\s+)"""
)
_SWAPPED = {
    "==": "!=",
    "!=": "==",
    "&&": "||",
    "||": "&&",
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "all": "exists",
    "exists": "all",
    "true": "false",
    "false": "true",
}
_OPEN, _CLOSE = {"(", "[", "{", "[?"}, {")", "]", "}"}
_LOOSER = {"&&", "||", "?", ":", ","}  # what ends the operands of `in` and of `+`
_AROUND = 24  # characters on each side that say which place is meant


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True)
class Edit:
    """The new expression, and what was done where."""

    expression: str
    change: str


def tokens(expression: str) -> list[Token]:
    """Raises ValueError at what is no token."""
    found, place = [], 0
    while place < len(expression):
        match = _TOKEN.match(expression, place)
        if not match:
            raise ValueError(f"no token at {expression[place : place + 20]!r}")
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match.group(), place))
        place = match.end()
    return found


def edits(expression: str) -> Iterator[Edit]:
    """Operators and quantors swapped, negations and members of lists removed, `in` negated, sums cut short."""
    parts = tokens(expression)
    for place, token in enumerate(parts):
        if token.kind != "text" and token.text in _SWAPPED and not _named(parts, place):
            yield _replaced(expression, token.start, token.end, _SWAPPED[token.text])
        elif token.text == "!":
            yield _replaced(expression, token.start, token.end, "")
        elif token.kind == "word" and token.text == "in":
            yield _negated(expression, parts, place)
        elif token.text == "+" and not _of_texts(parts, place):
            yield _replaced(expression, token.start, parts[_right(parts, place, {"+", "-"})].end, "")
        elif token.kind == "text" and _member(parts, place):
            yield _without(expression, parts, place)


def _named(parts: list[Token], place: int) -> bool:
    """Whether a word is a field's name: `.all` is a quantor only where it is called."""
    if parts[place].kind != "word" or parts[place].text in {"true", "false"}:
        return False
    return place + 1 == len(parts) or parts[place + 1].text != "("


def _replaced(expression: str, start: int, end: int, new: str) -> Edit:
    before = " ".join(expression[max(0, start - _AROUND) : start].split())
    after = " ".join(expression[end : end + _AROUND].split())
    old = " ".join(expression[start:end].split())
    return Edit(f"{expression[:start]}{new}{expression[end:]}", f"{before} [{old} -> {new or 'nothing'}] {after}")


def _negated(expression: str, parts: list[Token], place: int) -> Edit:
    left, right = _left(parts, place), _right(parts, place, {"!"})
    start, end = parts[left].start, parts[right].end
    return _replaced(expression, start, end, f"!({expression[start:end]})")


def _of_texts(parts: list[Token], place: int) -> bool:
    """Whether a sum makes a text for people; of those, proofs hold the decision and not each word."""
    first, last, depth = _left(parts, place), _right(parts, place, set()), 0
    for token in parts[first : last + 1]:
        if depth == 0 and token.kind == "text":
            return True
        depth += (token.text in _OPEN) - (token.text in _CLOSE)
    return False


def _right(parts: list[Token], place: int, ends: set[str]) -> int:
    """The last token of the operand on the right."""
    depth = 0
    for index in range(place + 1, len(parts)):
        text = parts[index].text
        if depth == 0 and (text in _CLOSE or text in _LOOSER or text in ends):
            return index - 1
        depth += (text in _OPEN) - (text in _CLOSE)
    return len(parts) - 1


def _left(parts: list[Token], place: int) -> int:
    """The first token of the operand on the left."""
    depth = 0
    for index in range(place - 1, -1, -1):
        text = parts[index].text
        if depth == 0 and (text in _OPEN or text in _LOOSER or text == "!"):
            return index + 1
        depth += (text in _CLOSE) - (text in _OPEN)
    return 0


def _member(parts: list[Token], place: int) -> bool:
    """Whether a text is a whole member of a list, and no key and no argument."""
    around = parts[place - 1].text if place else "", parts[place + 1].text if place + 1 < len(parts) else ""
    if around[0] not in {"[", ","} or around[1] not in {"]", ","}:
        return False
    opener = _left_opener(parts, place)
    return opener >= 0 and parts[opener].text == "[" and not _indexed(parts, opener)


def _left_opener(parts: list[Token], place: int) -> int:
    depth = 0
    for index in range(place - 1, -1, -1):
        if parts[index].text in _OPEN and depth == 0:
            return index
        depth += (parts[index].text in _CLOSE) - (parts[index].text in _OPEN)
    return -1


def _indexed(parts: list[Token], opener: int) -> bool:
    """Whether the bracket picks from something: after a name or another bracket."""
    before = parts[opener - 1] if opener else None
    return before is not None and (before.text in _CLOSE or (before.kind == "word" and before.text != "in"))


def _without(expression: str, parts: list[Token], place: int) -> Edit:
    """One member less, with the comma beside it."""
    start, end = parts[place].start, parts[place].end
    if parts[place + 1].text == ",":
        end = parts[place + 1].end
    elif parts[place - 1].text == ",":
        start = parts[place - 1].start
    return _replaced(expression, start, end, "")
