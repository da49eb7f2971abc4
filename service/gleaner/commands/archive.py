"""`export` and `import`: everything that a store holds, as Extended JSON lines."""

from pathlib import Path

from gleaner.commands.output import as_json, say
from gleaner.errors import GleanerError, InputError
from gleaner.running.context import opened_store
from gleaner.settings import Settings
from gleaner.store.archive import export_store, import_store


def export(settings: Settings, target: Path, *, json: bool) -> int:
    """Write to a new file beside the target and rename it when it is whole."""
    part = target.with_name(f"{target.name}.part")
    try:
        with opened_store(settings) as store, part.open("w", encoding="utf-8") as out:
            counts = export_store(store, out)
        part.replace(target)
    except OSError as error:
        raise GleanerError(f"cannot write {target}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    _tell(counts, f"exported to {target}", json=json)
    return 0


def restore(settings: Settings, origin: Path, *, json: bool) -> int:
    """Import an export; a damaged one is refused before anything is touched."""
    try:
        with opened_store(settings) as store, origin.open(encoding="utf-8") as lines:
            counts = import_store(store, lines)
    except OSError as error:
        raise InputError(f"cannot read {origin}: {error.strerror}") from None
    _tell(counts, f"imported from {origin}", json=json)
    return 0


def _tell(counts: dict[str, int], done: str, *, json: bool) -> None:
    if json:
        as_json(counts)
    else:
        say(f"{done}: " + ", ".join(f"{count:,} {kind}" for kind, count in counts.items()))
