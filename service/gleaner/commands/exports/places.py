"""What a person names as the place of an export: a file, a folder, or a folder of a bucket."""

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, TextIO

from gleaner.commands.exports.folder import Folder
from gleaner.commands.exports.names import new_name
from gleaner.commands.exports.streams import Again, as_text
from gleaner.errors import InputError
from gleaner.settings import Settings

_MAGIC = b"age-encryption.org/"


class Place(Protocol):
    """Where exports are. Raises OSError, or GleanerError that names the place."""

    def where(self, name: str) -> str: ...
    def appearing(self, name: str) -> AbstractContextManager[BinaryIO]: ...
    def opened(self, name: str) -> AbstractContextManager[BinaryIO]: ...
    def drop_older(self, keep: int) -> list[str]: ...


class Target(NamedTuple):
    """Where one export goes. Only in a folder can older ones be dropped."""

    place: Place
    name: str
    is_folder: bool

    def __str__(self) -> str:
        return self.place.where(self.name)


def target_of(settings: Settings, text: str, *, sealed: bool) -> Target:
    """A folder, of files or of a bucket: then the export is named by the time; or a file."""
    named = new_name(datetime.now(UTC), sealed=sealed)
    if _in_bucket(text):
        return Target(_bucket(text, settings), named, is_folder=True)
    path = Path(text)
    if path.is_dir():
        return Target(Folder(path), named, is_folder=True)
    return Target(Folder(path.parent), path.name, is_folder=False)


def _origin_of(settings: Settings, text: str) -> tuple[Place, str]:
    """The place and the name of one export."""
    if _in_bucket(text):
        place, _, name = text.rpartition("/")
        return _bucket(place, settings), name
    return Folder(Path(text).parent), Path(text).name


def _in_bucket(text: str) -> bool:
    scheme, sign, _ = text.partition("://")
    if sign and scheme != "s3":
        raise InputError(f"{text!r} is neither a path nor an address such as s3://bucket/folder")
    return bool(sign)


def _bucket(address: str, settings: Settings) -> Place:
    from gleaner.commands.exports.bucket import Bucket  # noqa: PLC0415 - only who has a bucket needs it

    return Bucket(address, settings)


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
def read(settings: Settings, text: str, identity: Path | None) -> Iterator[TextIO]:
    """The lines of an export, which can be read again from their start; decrypted if it is encrypted."""
    place, name = _origin_of(settings, text)
    with place.opened(name) as file, io.TextIOWrapper(_plain(file, identity), encoding="utf-8") as lines:
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
