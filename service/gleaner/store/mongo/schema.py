"""Collections and their indexes, made when a store is first used; the version of their form."""

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from gleaner.errors import InputError
from gleaner.store.mongo.connection import Database

VERSION = 1
_ACTIVE = {"slot": {"$type": "string"}, "state": {"$in": ["queued", "running"]}}
_RUNS = (
    IndexModel([("state", ASCENDING), ("_id", ASCENDING)], name="state"),
    IndexModel([("application", ASCENDING), ("_id", ASCENDING)], name="application"),
    IndexModel([("state", ASCENDING), ("application", ASCENDING), ("_id", ASCENDING)], name="last"),
    IndexModel("slot", name="slot", unique=True, partialFilterExpression=_ACTIVE),
    IndexModel(
        [("application", ASCENDING), ("due_at", ASCENDING)],
        name="due",
        unique=True,
        partialFilterExpression={"due_at": {"$type": "number"}},
    ),
)
_ENTRIES = (IndexModel("ends_at", name="end", expireAfterSeconds=0),)


def prepare(database: Database) -> None:
    """Raises InputError when the database is of a newer version. Two processes may do this at once."""
    _check_version(database)
    for collection, indexes in (("runs", _RUNS), ("entries", _ENTRIES)):
        present = database[collection].index_information()
        missing = [index for index in indexes if index.document["name"] not in present]
        if missing:
            database[collection].create_indexes(missing)


def _check_version(database: Database) -> None:
    found = database["meta"].find_one({"_id": "form"})
    if found is None:
        try:
            database["meta"].insert_one({"_id": "form", "version": VERSION})
        except DuplicateKeyError:
            found = database["meta"].find_one({"_id": "form"})
    if found and found["version"] > VERSION:
        raise InputError(
            f"store: the form of the database {database.name} is {found['version']} and this version of Gleaner "
            f"knows up to {VERSION}; use a newer Gleaner"
        )
