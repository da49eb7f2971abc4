"""What happened before a program came."""

import msgspec

from gleaner.running.application import Context
from gleaner.store.model import NewLine, NewRecord, NewRun, Outcome, Reject, Run

MINUTE = 60_000
START = 1_767_225_600_000  # 2026-01-01T00:00:00Z
BIG = "123456789012345678901234567890"


def record(number: int) -> NewRecord:
    """`"q0001"` and so on, a minute apart; the body has an integer that no database has."""
    fields = {
        "magnitude": number % 7 + 0.5,
        "place": f"Place {number % 3}",
        "felt": number,
        "reviewed": number % 2 == 0,
        "seen": START + number,
        "tags": '["a",1]',
    }
    body = f'{{"big":{BIG},"exact":1.10,"id":"q{number:04}","z":{{"b":1,"a":2}}}}'
    return NewRecord(f'"q{number:04}"', body, f"{number:016}".encode(), START + number * MINUTE, fields)


def end_run(context: Context, state: str, reason: str = "", application: str = "collect/quakes") -> Run:
    store = context.store
    new = NewRun(
        application=application,
        parameters={"full": False, "confirm_deletes": False},
        triggered_by="olga",
        slot=application,
        traceparent=f"00-{'4bf92f3577b34da6a3ce929d0e0e4736'}-00f067aa0ba902b7-01",
    )
    run = store.queue_run(new)
    claimed = store.claim_run("worker", [], 30.0, run_id=run.id)
    assert claimed
    levels = ("debug", "info", "warning", "error")
    store.add_lines(run.id, [NewLine(START + number, level, f"a {level}") for number, level in enumerate(levels)])
    store.add_rejects(run.id, [Reject(1, 2, "it is without its key (id)", '{"x":1}')])
    return store.finish_run(run.id, claimed.attempt, msgspec.convert({"state": state, "reason": reason}, Outcome))
