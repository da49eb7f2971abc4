"""Text that a spreadsheet would run as a formula.

A cell is a formula when it begins with one of a few characters. Text that is nothing but a number with a sign
(`-5`, `+49 421`) is harmless and stays as it is: quoting it would spoil amounts and telephone numbers.
"""

import re

_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n")
_SIGNED_NUMBER = re.compile(r"[+-]\d+(?:[ .,]\d+)*(?:[eE][+-]?\d+)?%?")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run it."""
    return text.startswith(_BEGINS) and not _SIGNED_NUMBER.fullmatch(text)


def guarded(text: str) -> str:
    """The text with a leading apostrophe if it would be run."""
    return "'" + text if is_formula(text) else text
