"""`export` and `import`: everything that a store holds, as Extended JSON lines."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gleaner.commands.exports import appearing, drop_older, new_export
from gleaner.commands.output import as_json, say
from gleaner.errors import GleanerError, InputError
from gleaner.running.context import opened_store
from gleaner.settings import Settings
from gleaner.store.archive import export_store, import_store


def export(settings: Settings, target: Path, *, keep: int | None, json: bool) -> int:
    """Write to a new file beside the target and rename it when it is whole. Into a folder: a file named by the time.

    With `keep` older exports of the folder are dropped, once the new one is there.
    """
    if keep is not None and not target.is_dir():
        raise InputError(f"--keep: {target} is no folder; give the folder that holds the exports")
    file = new_export(target, datetime.now(UTC)) if target.is_dir() else target
    try:
        with opened_store(settings) as store, appearing(file) as out:
            counts = export_store(store, out)
        dropped = [] if keep is None else drop_older(target, keep)
    except OSError as error:
        raise GleanerError(f"cannot write {file}: {error.strerror}") from None
    done = f"exported to {file}" + (f" ({len(dropped)} older dropped)" if dropped else "")
    _tell({"file": str(file), **counts}, counts, done, json=json)
    return 0


def restore(settings: Settings, origin: Path, *, json: bool) -> int:
    """Import an export; a damaged one is refused before anything is touched."""
    try:
        with opened_store(settings) as store, origin.open(encoding="utf-8") as lines:
            counts = import_store(store, lines)
    except OSError as error:
        raise InputError(f"cannot read {origin}: {error.strerror}") from None
    _tell(counts, counts, f"imported from {origin}", json=json)
    return 0


def _tell(answer: Mapping[str, object], counts: dict[str, int], done: str, *, json: bool) -> None:
    if json:
        as_json(answer)
    else:
        say(f"{done}: " + ", ".join(f"{count:,} {kind}" for kind, count in counts.items()))
