"""The driver's commands as spans, by the semantic conventions for databases. No statement, no value is told."""

import threading
import time

from pymongo import monitoring

from gleaner.telemetry.tracing.place import Place, here, step_into
from gleaner.telemetry.tracing.spans import Span, Value, is_recorded, record

_FEW = 1000  # commands under way whose end was never told


class CommandSpans(monitoring.CommandListener):
    """Called by the driver, in the thread that asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[int, tuple[Place, Place, dict[str, Value]]] = {}

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        parent = here()
        if parent is None or not is_recorded(parent):
            return
        found: dict[str, Value] = {
            "db.system.name": "mongodb",
            "db.namespace": event.database_name,
            "db.operation.name": event.command_name,
        }
        collection = event.command.get("collection" if event.command_name == "getMore" else event.command_name)
        if isinstance(collection, str):
            found["db.collection.name"] = collection
        if event.connection_id:
            found |= {"server.address": event.connection_id[0], "server.port": event.connection_id[1] or 0}
        with self._lock:
            if len(self._asked) < _FEW:
                self._asked[event.request_id] = (step_into(parent), parent, found)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self._end(event.request_id, event.duration_micros, None)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        code = event.failure.get("code") if isinstance(event.failure, dict) else None
        self._end(event.request_id, event.duration_micros, "_OTHER" if code is None else str(code))

    def _end(self, request: int, micros: int, error: str | None) -> None:
        if request not in self._asked:
            return
        with self._lock:
            place, parent, found = self._asked.pop(request)
        if error:
            found |= {"error.type": error} | ({} if error == "_OTHER" else {"db.response.status_code": error})
        operation, collection = found["db.operation.name"], found.get("db.collection.name")
        end = time.time_ns()
        record(
            Span(
                name=f"{operation} {collection}" if collection else str(operation),
                kind="client",
                place=place,
                parent=parent,
                start=end - micros * 1000,
                end=end,
                attributes=found,
                error=error,
            )
        )
