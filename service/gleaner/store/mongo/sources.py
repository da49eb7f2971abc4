"""Sources: their states and their schedules."""

import pymongo
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

from gleaner.store.model import Millis, SourceState
from gleaner.store.mongo.connection import Document
from gleaner.store.mongo.errors import answered
from gleaner.store.mongo.part import NOW, Part, in_seconds, literal
from gleaner.store.mongo.rows import held, require
from gleaner.store.rows import state_of, state_text

_PREFIX = "records."
_SAVE_SECONDS = 5.0


class Sources(Part):
    """How far each source is."""

    @answered
    def list_sources(self) -> list[str]:
        kept = {document["_id"] for document in self._database["sources"].find({}, {"_id": 1})}
        collections = self._database.list_collection_names(filter={"name": {"$regex": r"^records\."}})
        names = {name.removeprefix(_PREFIX) for name in collections} - kept
        return sorted(kept | {name for name in names if self._records(name).find_one({}, {"_id": 1})})

    @answered
    def source_state(self, source: str) -> SourceState:
        """One that a majority has, so that no collection starts from a cursor that a failover takes back."""
        confirmed = self._database.get_collection("sources", read_concern=ReadConcern("majority"))
        document = confirmed.find_one({"_id": source})
        return state_of(document["state"] if document else None)

    @answered
    def save_source_state(self, source: str, state: SourceState, *, run: str | None = None, attempt: int = 0) -> None:
        """The run is held for longer than the save may take, so that no other attempt can start in between."""
        if run is not None:
            lease = {"lease_until": {"$max": ["$lease_until", in_seconds(2 * _SAVE_SECONDS)]}}
            require(self._database["runs"].find_one_and_update(held(run, attempt), [{"$set": lease}]), run, attempt)
        with pymongo.timeout(_SAVE_SECONDS):
            self._database["sources"].update_one({"_id": source}, {"$set": {"state": state_text(state)}}, upsert=True)
        self._changed()

    @answered
    def schedule_since(self, application: str, spec: str) -> Millis:
        known = self._database["schedules"].find_one({"_id": application, "spec": spec})
        return int((known or self._new_schedule(application, spec))["since"])

    def _new_schedule(self, application: str, spec: str) -> Document:
        """A spec that another scheduler has just written is left as it is."""
        since = {"$cond": [{"$eq": ["$spec", literal(spec)]}, "$since", NOW]}
        try:
            document = self._database["schedules"].find_one_and_update(
                {"_id": application},
                [{"$set": {"since": since, "spec": literal(spec)}}],
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:  # another scheduler inserted it first
            return self._new_schedule(application, spec)
        assert document is not None, "it is inserted when it is not there"
        return document
