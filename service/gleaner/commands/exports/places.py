"""What a person names as the place of an export: a file or a folder."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

from gleaner.commands.exports.folder import Folder
from gleaner.commands.exports.names import new_name
from gleaner.commands.exports.streams import Again, as_text
from gleaner.errors import InputError

_MAGIC = b"age-encryption.org/"


class Target(NamedTuple):
    """Where one export goes. Only in a folder can older ones be dropped."""

    place: Folder
    name: str
    is_folder: bool

    def __str__(self) -> str:
        return self.place.where(self.name)


def target_of(text: str, *, sealed: bool) -> Target:
    """A folder: then the export is named by the time; or a file."""
    path = Path(text)
    if path.is_dir():
        return Target(Folder(path), new_name(datetime.now(UTC), sealed=sealed), is_folder=True)
    return Target(Folder(path.parent), path.name, is_folder=False)


@contextmanager
def written(target: Target, recipients: Path | None) -> Iterator[TextIO]:
    """The lines of an export, which appears when they are whole; encrypted for those whom the file names."""
    if recipients is None:
        with target.place.appearing(target.name) as file, as_text(file) as lines:
            yield lines
        return
    from gleaner.commands.exports.sealing import read_recipients, sealed  # noqa: PLC0415 - only who encrypts needs it

    keys = read_recipients(recipients)
    with target.place.appearing(target.name) as file, sealed(file, keys) as plain, as_text(plain) as lines:
        yield lines


@contextmanager
def read(text: str, identity: Path | None) -> Iterator[TextIO]:
    """The lines of an export, which can be read again from their start; decrypted if it is encrypted."""
    with Path(text).open("rb") as file, io.TextIOWrapper(_plain(file, identity), encoding="utf-8") as lines:
        yield lines


def _plain(file: BinaryIO, identity: Path | None) -> BinaryIO:
    is_sealed = file.read(len(_MAGIC)) == _MAGIC
    file.seek(0)
    if not is_sealed:
        if identity:
            raise InputError("the export is not encrypted; leave out --identity")
        return file
    if not identity:
        raise InputError("the export is encrypted; name the file with the identity that opens it by --identity")
    from gleaner.commands.exports.sealing import opened, read_identities  # noqa: PLC0415 - only who decrypts needs it

    keys = read_identities(identity)
    return io.BufferedReader(Again(lambda: opened(file, keys)))
