"""Encrypted exports, in the format of age (age-encryption.org/v1): sealed for recipients, opened with an identity."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

import pyrage

from gleaner.commands.exports.streams import Readable, piped, produced
from gleaner.errors import InputError

Key = TypeVar("Key")
_OTHERS = "the export was encrypted for others: no identity that was given opens it"
_DAMAGED = "the encrypted export was changed or is cut off"


def read_recipients(file: Path) -> list[pyrage.x25519.Recipient]:
    """Those who will be able to open an export: one `age1…` a line. Raises InputError."""
    return _keys(file, "recipient", "age1…", pyrage.x25519.Recipient.from_str)


def read_identities(file: Path) -> list[pyrage.x25519.Identity]:
    """Who opens an export: one `AGE-SECRET-KEY-1…` a line, as age-keygen writes it. Raises InputError."""
    return _keys(file, "identity", "AGE-SECRET-KEY-1…", pyrage.x25519.Identity.from_str)


def _keys(file: Path, what: str, form: str, parse: Callable[[str], Key]) -> list[Key]:
    """The keys of a file; what is wrong is told by its line, since the line may hold a secret."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {file}: {getattr(error, 'strerror', None) or 'it is not text'}") from None
    keys = []
    for number, line in enumerate(map(str.strip, lines), 1):
        if line and not line.startswith("#"):
            try:
                keys.append(parse(line))
            except (pyrage.RecipientError, pyrage.IdentityError):
                raise InputError(f"{file}, line {number}: is no {what}, which has the form {form}") from None
    if not keys:
        raise InputError(f"{file}: there is no {what} in it, which has the form {form}")
    return keys


def sealed(out: BinaryIO, recipients: Sequence[pyrage.x25519.Recipient]) -> AbstractContextManager[BinaryIO]:
    """What is written goes into `out` encrypted, and ends there with a mark that nothing is missing."""

    def seal(plain: Readable) -> None:
        target = _Target(out)
        try:
            pyrage.encrypt_io(plain, target, recipients)
        finally:
            target.check()

    return piped(seal)


def opened(file: BinaryIO, identities: Sequence[pyrage.x25519.Identity]) -> Iterator[bytes]:
    """The blocks of an encrypted file, from its start. Raises InputError where it is not right."""

    def unseal(plain: BinaryIO) -> None:
        file.seek(0)
        source, target = _Source(file), _Target(plain)
        try:
            pyrage.decrypt_io(source, target, identities)
        except (pyrage.DecryptError, OSError) as error:
            source.check()
            target.check()
            raise InputError(_OTHERS if "No matching keys" in str(error) else _DAMAGED) from None
        target.check()

    return produced(unseal)


class _Told:
    """Keeps what went wrong: pyrage says nothing of a write that failed at the end, and of others not what it was."""

    def __init__(self) -> None:
        self._error: Exception | None = None

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._error = self._error or error
            raise

    def check(self) -> None:
        """Raise what went wrong first, if anything did."""
        if self._error:
            raise self._error


class _Source(_Told):
    def __init__(self, file: Readable) -> None:
        super().__init__()
        self._file = file

    def read(self, size: int) -> bytes:
        with self._telling():
            return self._file.read(size)


class _Target(_Told):
    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file

    def write(self, data: bytes) -> int:
        with self._telling():
            return self._file.write(data)

    def flush(self) -> None:
        with self._telling():
            self._file.flush()
