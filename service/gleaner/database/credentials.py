"""The mounted Secret: the key of the set, and user names and passwords as files.

`keyfile`; `username` and `password` of the application; with `reader-`, `admin-`, `exporter-`, `backup-` before these,
of others.
"""

import base64
import hashlib
import hmac
from pathlib import Path

import msgspec

from gleaner.database.plan import GUARD, Plan
from gleaner.errors import InputError
from gleaner.telemetry.redact import protect

Role = tuple[str, str]  # its name and the database on which it is held
_ROLES: dict[str, tuple[Role, ...]] = {
    "admin-": (("root", "admin"),),
    "exporter-": (("clusterMonitor", "admin"), ("read", "local")),
    "backup-": (("backup", "admin"),),
}
_OWN_ROLES = {"": "readWrite", "reader-": "read"}  # in the application's database, and on it alone
_GUARD_ROLES = (
    ("userAdminAnyDatabase", "admin"),
    ("clusterManager", "admin"),
    ("hostManager", "admin"),
    ("clusterMonitor", "admin"),  # for its metrics
)


class User(msgspec.Struct, frozen=True):
    """A user as it should be. `database` is where it is kept, and its authSource."""

    name: str
    password: str
    database: str
    roles: tuple[Role, ...]


class Credentials(msgspec.Struct, frozen=True):
    """`guards` has one entry for each key of the set: the first one is right, the others may still be in force."""

    guards: tuple[User, ...]
    users: tuple[User, ...]

    @property
    def admin(self) -> User:
        return self.users[0]

    @property
    def wanted(self) -> tuple[User, ...]:
        return (self.guards[0], *self.users)


def read_credentials(plan: Plan) -> Credentials:
    """Raises InputError, which names the file and never shows what is in it."""
    folder = plan.credentials
    guards = tuple(_guard(key, plan.set_name) for key in keys(read_text(folder / "keyfile")))
    users = [_user(folder, prefix, "admin", roles) for prefix, roles in _ROLES.items()]
    users += [_user(folder, prefix, plan.database, ((role, plan.database),)) for prefix, role in _OWN_ROLES.items()]
    names = [GUARD, *(user.name for user in users)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InputError(f"{folder}: two users are named {min(twice)!r}; each needs a name of its own")
    return Credentials(guards, tuple(users))


def _user(folder: Path, prefix: str, database: str, roles: tuple[Role, ...]) -> User:
    name, password = (read_text(folder / f"{prefix}{part}") for part in ("username", "password"))
    protect(password)
    return User(name, password, database, roles)


def read_text(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(f"cannot read {file}: {why}") from None
    if not text:
        raise InputError(f"{file} is empty")
    return text


def keys(text: str) -> list[str]:
    """The keys of a key file: its whole text without white space, or the items of a YAML list."""
    parts = text.split("\n- ") if text.startswith("- ") else [text]
    found = ["".join(part.removeprefix("- ").split()) for part in parts]
    for key in found:
        protect(key)
    return found


def _guard(key: str, set_name: str) -> User:
    """The guard's password follows from the key: whoever has the key may do everything in the set anyway.

    So the password of the admin may change at any time, also while no guard is there to see it.
    """
    digest = hmac.digest(key.encode(), f"{GUARD} of {set_name}".encode(), hashlib.sha256)
    password = base64.urlsafe_b64encode(digest).decode()
    protect(password)
    return User(GUARD, password, "admin", _GUARD_ROLES)
