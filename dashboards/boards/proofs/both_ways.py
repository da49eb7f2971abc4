"""Both directions: what is asked for exists, and what exists is asked for."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
import yaml

from boards.proofs.places import Place, asked
from boards.proofs.promql import Found, examine, read
from boards.proofs.schema import Declared, Known, Schema, others, ours, own_families, own_labels

UNSHOWN = Path(__file__).parent / "unshown.yaml"


class Unshown(msgspec.Struct, forbid_unknown_fields=True):
    """What nobody needs to see, each with the reason; labels as `metric label`."""

    metrics: dict[str, str]
    labels: dict[str, str]


class Result(msgspec.Struct):
    """What is wrong, by test."""

    missing: list[str]  # asked for and not there
    unseen_metrics: list[str]  # there and not asked for
    unseen_labels: list[str]
    stale: list[str]  # excused and not there, or shown all the same

    @property
    def wrong(self) -> set[tuple[str, str]]:
        """(which list, what it says) of everything."""
        lists = msgspec.structs.asdict(self)
        return {(name, text) for name, texts in lists.items() for text in texts}


def schema_of(texts: Mapping[str, str], declarations: Sequence[Declared] | None = None) -> Schema:
    """Of the real service's texts and everybody else."""
    return others() | ours(texts, declared() if declarations is None else declarations)


def declared() -> list[Declared]:
    """What the service's code declares."""
    from gleaner.telemetry.metrics.listing import listed  # noqa: PLC0415 - the service, only where it is examined

    return list(listed())


def compare(schema: Schema, places: Iterable[Place] | None = None, unshown: Unshown | None = None) -> Result:
    """Both directions at once."""
    excused = unshown or msgspec.convert(yaml.safe_load(UNSHOWN.read_text(encoding="utf-8")), Unshown)
    found = examined(schema, asked() if places is None else places)
    metrics = {metric for one in found.values() for metric in one.metrics}
    labels = {f"{metric} {label}" for one in found.values() for metric, label in one.labels}
    families = own_families(schema)
    pairs = {f"{metric} {label}" for metric, label in own_labels(schema) if metric not in excused.metrics}
    gone = (excused.metrics.keys() - families) | (excused.labels.keys() - pairs)
    needless = (excused.metrics.keys() & metrics) | (excused.labels.keys() & labels)
    return Result(
        missing=[f"{where}: {wrong}" for where, one in found.items() for wrong in one.wrong],
        unseen_metrics=sorted(families - metrics - excused.metrics.keys()),
        unseen_labels=sorted(pairs - labels - excused.labels.keys()),
        stale=sorted(gone | needless),
    )


def examined(schema: Schema, places: Iterable[Place]) -> dict[str, Found]:
    """Every expression of PromQL by its place; what rules record is known to those after them."""
    known, found = dict(schema), {}
    for place in places:
        if place.logs:
            continue
        one = examine(place.expr, known)
        read(one, place.read)
        if place.table:
            _show_all(one)
        if place.recorded:
            known[place.recorded] = Known(place.recorded, set(one.result or {}))
        found[place.where] = one
    return found


def _show_all(found: Found) -> None:
    """A table has a column for each label of the answer."""
    found.labels |= {(origin, label) for label, origins in (found.result or {}).items() for origin in origins}
