"""Indexes on the declared fields of a source. Each also orders by key, so that pages of a sorted list never overlap."""

from collections.abc import Mapping

import pymongo
from pymongo import ASCENDING, IndexModel

from gleaner.errors import InputError
from gleaner.store.mongo.errors import answered
from gleaner.store.mongo.part import Part
from gleaner.store.mongo.records import GONE, GONE_INDEX

_PREFIX = "by "
_BUILD_SECONDS = 6 * 3600.0  # building an index takes as long as the collection is large
MAX_FIELDS = 60  # MongoDB allows 64 indexes; `_id`, time and gone have one each
_GONE = IndexModel("gone_at", name=GONE_INDEX, partialFilterExpression=GONE)  # counting them reads no record


class Indexes(Part):
    """Kept as the catalog declares them. MongoDB builds them beside the writers."""

    @answered
    def index_fields(self, source: str, fields: Mapping[str, bool]) -> None:
        wanted = {GONE_INDEX: _GONE, **_wanted(source, fields)}
        collection = self._records(source)
        present = {name for name in collection.index_information() if name.startswith(_PREFIX) or name == GONE_INDEX}
        with pymongo.timeout(_BUILD_SECONDS):
            for name in present - wanted.keys():
                collection.drop_index(name)
            missing = [wanted[name] for name in wanted.keys() - present]
            if missing:
                collection.create_indexes(missing)


def _wanted(source: str, fields: Mapping[str, bool]) -> dict[str, IndexModel]:
    paths = ["time", *(f"fields.{name}" for name, indexed in fields.items() if indexed)]
    if len(paths) > MAX_FIELDS + 1:
        raise InputError(
            f"source {source}: {len(paths) - 1} fields are to be indexed and MongoDB allows {MAX_FIELDS}; "
            "set index: false where nobody sorts or filters"
        )
    names = {index_name(path): path for path in paths}
    return {name: IndexModel([(path, ASCENDING), ("_id", ASCENDING)], name=name) for name, path in names.items()}


def index_name(path: str) -> str:
    return _PREFIX + path
