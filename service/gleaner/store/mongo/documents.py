"""Records as documents: `_id` is the key, `gone_at` is there only while a record is gone."""

from typing import Any

from pymongo import UpdateOne

from gleaner.store.model import Millis, NewRecord, StoredRecord
from gleaner.store.mongo.connection import Document
from gleaner.store.mongo.part import plain


def new_document(record: NewRecord, moment: Millis, run: str | None) -> Document:
    return {
        "_id": record.key,
        "body": record.body,
        "hash": record.hash,
        "time": record.time,
        "fields": record.fields,
        "first_seen": moment,
        "changed_at": moment,
        "run": run,
    }


def update(record: NewRecord, moment: Millis, run: str | None) -> UpdateOne:
    """Everything but when it was first seen."""
    changes: dict[str, Any] = {
        "body": record.body,
        "hash": record.hash,
        "time": record.time,
        "fields": record.fields,
        "changed_at": moment,
        "run": run,
    }
    return UpdateOne({"_id": record.key}, {"$set": changes, "$unset": {"gone_at": ""}})


def whole_document(record: StoredRecord) -> Document:
    """A record from an export, as it was."""
    document = {
        "_id": record.key,
        "body": record.body,
        "hash": record.hash,
        "time": record.time,
        "fields": record.fields,
        "first_seen": record.first_seen,
        "changed_at": record.changed_at,
        "run": record.run,
    }
    return document if record.gone_at is None else {**document, "gone_at": record.gone_at}


def stored_record(document: Document) -> StoredRecord:
    """Of a document that may be without body, hash and fields, where they were not asked for."""
    values = plain(document)
    return StoredRecord(
        values["_id"],
        values.get("body", ""),
        values["time"],
        plain(values.get("fields", {})),
        values["first_seen"],
        values["changed_at"],
        values.get("gone_at"),
        values["run"],
        values.get("hash", b""),
    )
