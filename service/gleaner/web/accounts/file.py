"""`accounts.yaml`: users and tokens, read strictly and written at once or not at all."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml

from gleaner.catalog.findings import Findings
from gleaner.catalog.nodes import Items, Mapping, Node, Scalar, read_nodes
from gleaner.durable import sync
from gleaner.errors import InputError
from gleaner.web.accounts.passwords import Hash
from gleaner.web.current import Role

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}\Z")]
Hex = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class User(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person who logs in with a password."""

    name: Name
    role: Role
    password: str

    @property
    def stamp(self) -> str:
        """Changes with the password: a session that carries another one has ended."""
        return hashlib.sha256(self.password.encode()).hexdigest()[:16]


class Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A program's key to the API; only its hash is kept."""

    name: Name
    role: Role
    sha256: Hex


class Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as it is written."""

    users: tuple[User, ...] = ()
    tokens: tuple[Token, ...] = ()


class Accounts(msgspec.Struct, frozen=True):
    """The same for looking up: users by name, tokens by the bytes of their hash, and each user's parsed hash."""

    users: dict[str, User] = {}
    tokens: dict[bytes, Token] = {}
    hashes: dict[str, Hash] = {}

    @property
    def empty(self) -> bool:
        return not self.users and not self.tokens


def check_name(name: str) -> None:
    """Raises InputError for a name that nobody can have."""
    try:
        msgspec.convert(name, Name)
    except msgspec.ValidationError:
        raise InputError(
            f"{name!r} is not a name: up to 64 letters, digits and . _ @ + -, a letter or a digit first"
        ) from None


def read_listed(path: Path) -> Listed:
    """Raises InputError that says what is wrong and where, and shows no hash."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"accounts: cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"accounts: {path} is not UTF-8 text") from None
    if not text.strip():
        raise InputError(f"accounts: {path} is empty; without anybody it would hold `users: []`")
    findings = Findings()
    root = read_nodes(text, str(path), findings)
    if root is None or findings.mistakes():
        raise InputError(f"accounts: {'; '.join(findings.mistakes())}")
    try:
        return msgspec.convert(_plain(root), Listed)
    except msgspec.ValidationError as error:
        raise InputError(f"accounts: {path}: {error}") from None


def read_accounts(path: Path) -> Accounts:
    """Raises InputError as well for what `look_up` refuses."""
    return look_up(read_listed(path), path)


def look_up(listed: Listed, path: Path) -> Accounts:
    """Raises InputError for a name that is there twice, and for a hash that is none."""
    for kind, names in (("users", [user.name for user in listed.users]), ("tokens", [t.name for t in listed.tokens])):
        if twice := [name for name in names if names.count(name) > 1]:
            raise InputError(f"accounts: {path}: {kind}: {twice[0]} is there twice")
    return Accounts(
        {user.name: user for user in listed.users},
        {bytes.fromhex(token.sha256): token for token in listed.tokens},
        {user.name: _hash(user, path) for user in listed.users},
    )


def write_listed(path: Path, listed: Listed) -> None:
    """Whole or not at all, for nobody else to read."""
    text = yaml.safe_dump(msgspec.to_builtins(listed), sort_keys=False, allow_unicode=True)
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # made with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync(target.parent)


def _hash(user: User, path: Path) -> Hash:
    try:
        return Hash.parse(user.password)
    except ValueError as error:
        raise InputError(f"accounts: {path}: the password of {user.name} {error}") from None


def _plain(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {key: _plain(entry) for key, entry in node.entries.items()}
    if isinstance(node, Items):
        return [_plain(item) for item in node.items]
    return node.value if isinstance(node, Scalar) else None
