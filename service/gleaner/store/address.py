"""The address of a store, taken apart. No message of an error holds any part that may be a password."""

import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote

import msgspec

from gleaner.errors import InputError

_HOST = r"(?:\[[0-9a-fA-F:.]+\]|[^\s:,@/?\[\]]+)(?::\d{1,5})?"
_MONGODB = re.compile(
    rf"mongodb(?:\+srv)?://(?:(?P<credentials>[^@/?]*)@)?(?P<hosts>{_HOST}(?:,{_HOST})*)"
    r"(?:/(?P<database>[^?@/]*))?(?:\?(?P<options>[^?@]*))?"  # a stray @ might stand behind a password
)
_DATABASE = re.compile(r"[A-Za-z0-9_-]{1,63}")
_FORM = "mongodb://[USER:PASSWORD@]HOST[:PORT][,…][/DATABASE][?OPTIONS], with user and password percent-encoded"


class MongoAddress(msgspec.Struct, frozen=True):
    """Where a MongoDB is, and the options that the address sets."""

    uri: str
    hosts: str
    database: str
    password: str
    options: dict[str, str]


def sqlite_path(address: str) -> Path | None:
    """The path of `sqlite:PATH`; None for another kind of address."""
    kind, _, path = address.partition(":")
    if kind != "sqlite":
        return None
    if not path or "\0" in path:
        raise InputError("store: sqlite: needs the path of a file, such as sqlite:gleaner.db")
    return Path(path).expanduser()


def mongo_address(address: str) -> MongoAddress:
    """Raises InputError for what is no MongoDB address."""
    if not re.match(r"mongodb(\+srv)?://", address):
        raise InputError("store: the address is neither sqlite:PATH nor mongodb://…")
    match = _MONGODB.fullmatch(address)
    if not match:
        raise InputError(f"store: the address is not of the form {_FORM}")
    name = unquote(match["database"] or "") or "gleaner"
    if not _DATABASE.fullmatch(name):
        raise InputError(f"store: the database's name may have letters, digits, '_' and '-' only ({_FORM})")
    password = unquote((match["credentials"] or "").partition(":")[2])
    options = dict(parse_qsl(match["options"] or "", keep_blank_values=True))
    return MongoAddress(address, match["hosts"], name, password, options)
