"""What people give to look for, as it may stand in a statement."""

import re

from gleaner.catalog.model import FIELD_PATTERN
from gleaner.errors import InputError
from gleaner.store.text import storable

LONGEST_TEXT = 1000  # characters: databases limit their patterns


def field_name(name: str) -> str:
    """The name; InputError for what the catalog would not take as one."""
    if not re.fullmatch(FIELD_PATTERN, name):
        raise InputError(f"{name!r} is no name of a field")
    return name


def searched_text(text: str) -> str:
    """The text; InputError for one that is too long to look for."""
    if len(text) > LONGEST_TEXT:
        raise InputError(f"the text to look for has {len(text):,} characters; at most {LONGEST_TEXT:,} are allowed")
    return storable(text)
