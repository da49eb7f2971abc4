"""Runs as flat rows of plain values, the same in both databases. What is nested is kept as JSON text."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from gleaner.store.model import Millis, NewRun, Progress, Run, SourceState
from gleaner.store.text import storable
from gleaner.store.ulid import new_ulid

RUN_COLUMNS = Run.__struct_fields__


def queued(new: NewRun, now: Millis) -> Run:
    """The run that this request becomes when it is queued now."""
    return Run(
        id=new_ulid(now),
        application=new.application,
        state="queued",
        parameters=new.parameters,
        trigger=new.trigger,
        triggered_by=new.triggered_by,
        created_at=now,
        not_before=now + millis(new.delay),
        timeout=float(new.timeout),
        max_attempts=new.max_attempts,
        slot=new.slot,
        due_at=new.due_at,
        catalog_version=new.catalog_version,
        traceparent=new.traceparent,
        retry_of=new.retry_of,
    )


def millis(seconds: float) -> Millis:
    return round(seconds * 1000)


def json_text(value: Any) -> str:
    """ASCII only, so that any text and integers of any size come back as they were."""
    return json.dumps(value)


def progress_text(progress: Progress) -> str:
    clean = msgspec.structs.replace(progress, message=storable(progress.message))
    return json_text(msgspec.structs.asdict(clean))


def row_of(run: Run) -> dict[str, Any]:
    row = msgspec.structs.asdict(run)
    row["parameters"] = json_text(run.parameters)
    row["result"] = json_text(run.result)
    row["progress"] = progress_text(run.progress)
    return {name: storable(value) if isinstance(value, str) else value for name, value in row.items()}


def run_of(row: Mapping[str, Any]) -> Run:
    """Columns of a later version are passed over, so that two versions can share a store during an upgrade."""
    known = {name: row[name] for name in RUN_COLUMNS if name in row}
    known["parameters"] = json.loads(known["parameters"])
    known["result"] = json.loads(known["result"])
    known["progress"] = msgspec.convert(json.loads(known["progress"]), Progress)
    return Run(**known)


def state_text(state: SourceState) -> str:
    return msgspec.json.encode(state).decode()


def state_of(text: str | None) -> SourceState:
    """Keys of a later version are passed over here too."""
    return msgspec.json.decode(text, type=SourceState) if text else SourceState()
