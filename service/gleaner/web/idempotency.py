"""One request, one run: a request that is sent again under its Idempotency-Key gets the run that it made."""

import secrets
from collections.abc import Callable
from hashlib import blake2b

import msgspec

from gleaner.errors import InputError
from gleaner.store.model import Run
from gleaner.store.protocol import Store
from gleaner.web.problems import Problem

KEPT = 24 * 3600.0  # seconds
_HELD = 30.0  # seconds for which a request may take to queue its run; a process that dies holds the key no longer
_LONGEST = 255
_KIND = "idempotency"


class _Note(msgspec.Struct, frozen=True):
    """What is remembered under a key: which request it was, who holds it, and the run once there is one."""

    request: str
    holder: str
    run: str = ""


def once(store: Store, by: str, key: str | None, request: object, act: Callable[[], Run]) -> Run:
    """Call `act` unless this principal sent the same request under this key before; returns the run either way.

    Raises InputError for a key that is none, and Problem: the key was used for another request, or the first one has
    not been answered yet. A request that fails leaves its key free.
    """
    if key is None:
        return act()
    _check(key)
    entry = _digest([by, key])
    mine = _Note(_digest(request), secrets.token_hex(8))
    found = msgspec.json.decode(store.add_entry(_KIND, entry, _text(mine), lasts=_HELD), type=_Note)
    if found != mine:
        return _known(store, found, mine)
    try:
        run = act()
    except BaseException:
        store.drop_entry(_KIND, entry)
        raise
    store.set_entry(_KIND, entry, _text(msgspec.structs.replace(mine, run=run.id)), lasts=KEPT)
    return run


def _known(store: Store, found: _Note, mine: _Note) -> Run:
    if found.request != mine.request:
        raise Problem("key-reused", "This Idempotency-Key was used for another request; a new request needs a new key.")
    if not found.run:
        text = "The first request with this Idempotency-Key has not been answered yet; ask again."
        raise Problem("request-in-progress", text, headers={"Retry-After": "1"})
    run = store.get_run(found.run)
    if run is None:
        raise Problem("not-found", f"The run {found.run} that this Idempotency-Key started is no longer kept.")
    return run


def _check(key: str) -> None:
    if not 1 <= len(key) <= _LONGEST or not (key.isascii() and key.isprintable()):
        raise InputError(f"Idempotency-Key: a key has 1 to {_LONGEST} printable ASCII characters")


def _digest(value: object) -> str:
    return blake2b(msgspec.json.encode(value, order="deterministic"), digest_size=16).hexdigest()


def _text(note: _Note) -> str:
    return msgspec.json.encode(note).decode()
