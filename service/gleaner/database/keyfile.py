"""The key of a replica set as mongod takes it: a file that nobody but its owner may read.

A mounted Secret cannot be that: with `fsGroup` its files can be read by a group, and mongod refuses them.
"""

import os
import re
from pathlib import Path

from gleaner.database.credentials import keys, read_text
from gleaner.errors import GleanerError, InputError

_KEY = re.compile(r"[A-Za-z0-9+/=]{6,1024}")


def copy_keyfile(source: Path, target: Path) -> None:
    """Write it anew, with mode 0400. Raises InputError for what mongod would refuse less clearly."""
    text = read_text(source)
    if not all(_KEY.fullmatch(key) for key in keys(text)):
        raise InputError(f"{source}: a key has 6 to 1024 characters of base64 (letters, digits, + / =)")
    try:
        target.unlink(missing_ok=True)
        number = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(number, "w", encoding="ascii") as file:
            file.write(f"{text}\n")
    except OSError as error:
        raise GleanerError(f"cannot write {target}: {error.strerror}") from None
