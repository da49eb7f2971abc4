"""What is put in order before a source is collected: versions of keys and columns, indexes."""

from collections.abc import Callable

import msgspec

from gleaner.catalog.model import Source
from gleaner.collecting.envelope import Enveloper, fields_version, key_version
from gleaner.collecting.refit import refit_records
from gleaner.errors import InputError
from gleaner.store.model import SourceState
from gleaner.store.protocol import Store
from gleaner.store.runlog import RunLog


def begin(
    name: str, source: Source, *, store: Store, log: RunLog, save: Callable[[SourceState], None]
) -> tuple[SourceState, bool]:
    """The state to go on from, and whether the source has no records yet. Versions are saved before any record is."""
    state = store.source_state(name)
    is_new = not _has_records(name, store)
    if not is_new:
        _check_key(name, state, key_version(source))
        if state.fields_version != fields_version(source):
            refit_records(name, Enveloper(source), store=store, log=log)
        index(name, source, store)
    current = msgspec.structs.replace(state, fields_version=fields_version(source), key_version=key_version(source))
    if current != state:
        save(current)
    return current, is_new


def index(name: str, source: Source, store: Store) -> None:
    """Cheap when nothing changed; for a new source done after the first load, which is then quicker."""
    fields = {field: declared.index for field, declared in source.fields.items()}
    store.index_fields(name, fields | ({"parent": True} if source.for_each else {}))


def _has_records(name: str, store: Store) -> bool:
    return any(True for _ in store.iter_records(name, batch=1))


def _check_key(name: str, state: SourceState, version: str) -> None:
    if state.key_version is not None and state.key_version != version:
        raise InputError(
            f"the key of the source {name} is declared otherwise than when its records were stored: they would all be "
            "stored a second time. Put the old key back, or rename the source to collect into a new one"
        )
