"""Which of two states of a record is the later one, when an export meets records that are there already."""

from collections.abc import Mapping, Sequence

from gleaner.store.model import Millis, StoredRecord


def last_event(changed_at: Millis, gone_at: Millis | None) -> Millis:
    """When something last happened to a record."""
    return max(changed_at, gone_at or 0)


def later_records(records: Sequence[StoredRecord], known: Mapping[str, Millis]) -> list[StoredRecord]:
    """Those that are new or have a later event than the store knows of."""
    return [record for record in records if last_event(record.changed_at, record.gone_at) > known.get(record.key, -1)]
