"""`export` and `import`: everything that a store holds, as Extended JSON lines."""

from collections.abc import Mapping
from pathlib import Path

from gleaner.commands.exports.places import read, target_of, written
from gleaner.commands.output import as_json, say
from gleaner.errors import GleanerError, InputError
from gleaner.running.context import opened_store
from gleaner.settings import Settings
from gleaner.store.archive import export_store, import_store


def export(settings: Settings, text: str, *, keep: int | None, recipients: Path | None, json: bool) -> int:
    """Write an export that appears when it is whole. Into a folder: a file named by the time.

    With `keep` older exports of the folder are dropped, once the new one is there.
    """
    target = target_of(settings, text, sealed=recipients is not None)
    if keep is not None and not target.is_folder:
        raise InputError(f"--keep: {text} is no folder; give the one that holds the exports")
    try:
        with opened_store(settings) as store, written(target, recipients) as lines:
            counts = export_store(store, lines)
        dropped = [] if keep is None else target.place.drop_older(keep)
    except OSError as error:
        raise GleanerError(f"cannot write {target}: {error.strerror}") from None
    done = f"exported to {target}" + (f" ({len(dropped)} older dropped)" if dropped else "")
    _tell({"file": str(target), **counts}, counts, done, json=json)
    return 0


def restore(settings: Settings, text: str, *, identity: Path | None, json: bool) -> int:
    """Import an export; a damaged one is refused before anything is touched."""
    try:
        with opened_store(settings) as store, read(settings, text, identity) as lines:
            counts = import_store(store, lines)
    except OSError as error:
        raise InputError(f"cannot read {text}: {error.strerror}") from None
    _tell(counts, counts, f"imported from {text}", json=json)
    return 0


def _tell(answer: Mapping[str, object], counts: dict[str, int], done: str, *, json: bool) -> None:
    if json:
        as_json(answer)
    else:
        say(f"{done}: " + ", ".join(f"{count:,} {kind}" for kind, count in counts.items()))
