"""Columns of stored records are computed anew when their declaration changed."""

import msgspec

from gleaner.collecting.envelope import Enveloper, parent_in
from gleaner.store.model import NewRecord, StoredRecord
from gleaner.store.protocol import Store
from gleaner.store.runlog import RunLog

_decode = msgspec.json.Decoder().decode


def refit_records(name: str, enveloper: Enveloper, *, store: Store, log: RunLog) -> int:
    """From the stored bodies, in batches; what is gone stays gone. May be interrupted and started again."""
    log.info("the declaration of the fields changed: computing them anew for the stored records")
    count = 0
    for batch in store.iter_records(name):
        store.keep_records(name, [_refitted(record, enveloper) for record in batch], rewrite=True)
        gone = [record.key for record in batch if record.gone_at is not None]
        if gone:  # storing a record brings it back
            store.mark_gone(name, gone)
        count += len(batch)
        log.progress(count, message="computing fields anew")
    log.info(f"computed the fields of {count} stored records anew")
    return count


def _refitted(record: StoredRecord, enveloper: Enveloper) -> NewRecord:
    return enveloper.wrap_as(record.key, _decode(record.body), record.body, record.hash, parent_in(record.fields))
