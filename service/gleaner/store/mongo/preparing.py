"""Indexes are made when a store is first used, so that a process can start before its database does."""

import threading
import time

from pymongo.errors import PyMongoError

from gleaner.store.mongo.connection import Database
from gleaner.store.mongo.schema import prepare


class Preparing:
    """Call it before anything else; once it has worked it costs nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._done = False
        self._failed: tuple[float, PyMongoError] | None = None

    def __call__(self) -> None:
        """Raises what the database has against it, InputError when it is of a newer version."""
        if not self._done:
            asked_at = time.monotonic()
            with self._lock:
                self._prepare(asked_at)

    def _prepare(self, asked_at: float) -> None:
        """Those who waited while somebody else tried take that answer: each trial may last for seconds."""
        if self._done:
            return
        if self._failed and self._failed[0] > asked_at:
            raise self._failed[1]
        try:
            prepare(self._database)
        except PyMongoError as error:
            self._failed = time.monotonic(), error
            raise
        self._done = True
