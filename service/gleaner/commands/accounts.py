"""`account`: who may come in. Passwords are asked for on the terminal, or read from standard input; never arguments."""

import getpass
import sys
from pathlib import Path
from typing import TypeVar

import msgspec

from gleaner.commands.output import as_json, say, table, tell
from gleaner.errors import InputError
from gleaner.running.context import opened_store
from gleaner.settings import Settings
from gleaner.web.accounts.file import Listed, Token, User, check_name, look_up, read_listed, write_listed
from gleaner.web.accounts.key import replace_key
from gleaner.web.accounts.passwords import Hash
from gleaner.web.accounts.tokens import hash_token, new_token
from gleaner.web.current import Role

Entry = TypeVar("Entry", User, Token)
_SHORTEST = 12  # characters of a password: NIST SP 800-63B asks for 8 at least, length is what helps


def add_user(settings: Settings, file: Path | None, name: str, role: Role) -> int:
    """A new person; of one who is there role and password are replaced."""
    path = _path(settings, file)
    check_name(name)
    listed = _listed(path)
    user = User(name, role, Hash.make(_ask_password(name)).text)
    _write(path, msgspec.structs.replace(listed, users=(*_others(listed.users, name), user)))
    say(f"{name} may log in as {role}.")
    return 0


def add_token(settings: Settings, file: Path | None, name: str, role: Role, *, json: bool) -> int:
    """Print the token: nobody can read it again."""
    path = _path(settings, file)
    check_name(name)
    listed = _listed(path)
    if any(token.name == name for token in listed.tokens):
        raise InputError(f"{path} has a token {name} already; `gleaner account remove {name}` takes it away")
    secret = new_token()
    token = Token(name, role, hash_token(secret).hex())
    _write(path, msgspec.structs.replace(listed, tokens=(*listed.tokens, token)))
    if json:
        as_json({"name": name, "role": role, "token": secret})
    else:
        tell(f"The token of {name} ({role}); it is shown only now:")
        say(secret)
    return 0


def remove(settings: Settings, file: Path | None, name: str) -> int:
    """Users and tokens of this name."""
    path = _path(settings, file)
    listed = read_listed(path)
    left = Listed(_others(listed.users, name), _others(listed.tokens, name))
    if left == listed:
        raise InputError(f"{path} has neither a user nor a token {name!r}; `gleaner account list` shows all")
    _write(path, left)
    say(f"{name} is removed.")
    return 0


def show(settings: Settings, file: Path | None, *, json: bool) -> int:
    """Who there is, without any hash."""
    listed = read_listed(_path(settings, file))
    rows = [("user", user.name, user.role) for user in listed.users]
    rows += [("token", token.name, token.role) for token in listed.tokens]
    if json:
        as_json({"accounts": [{"kind": kind, "name": name, "role": role} for kind, name, role in rows]})
    elif rows:
        table(["kind", "name", "role"], rows)
    else:
        say("Nobody yet. `gleaner account add NAME --role operator` adds a person.")
    return 0


def new_key(settings: Settings, *, at_once: bool) -> int:
    """Every web process takes it up within a minute."""
    with opened_store(settings) as store:
        replace_key(settings, store, at_once=at_once)
    say(
        "Sessions are signed with a new key. "
        + ("Everybody has to log in again." if at_once else "Those that stand go on.")
    )
    return 0


def _path(settings: Settings, file: Path | None) -> Path:
    path = file or settings.accounts
    if path is None:
        raise InputError("which file? Give --file FILE, or name it in GLEANER_ACCOUNTS")
    return path


def _listed(path: Path) -> Listed:
    """What is there; a file that is empty or not there yet is a beginning."""
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent}")
    return read_listed(path) if path.exists() and path.stat().st_size else Listed()


def _write(path: Path, listed: Listed) -> None:
    look_up(listed, path)  # nothing is written that the server could not read
    try:
        write_listed(path, listed)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None


def _others(entries: tuple[Entry, ...], name: str) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.name != name)


def _ask_password(name: str) -> str:
    """Twice on a terminal, the first line of standard input elsewhere."""
    if sys.stdin.isatty():
        password = getpass.getpass(f"Password of {name}: ")
        if getpass.getpass("The same again: ") != password:
            raise InputError("the two passwords differ; nothing was changed")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < _SHORTEST:
        raise InputError(f"a password has at least {_SHORTEST} characters; nothing was changed")
    return password
