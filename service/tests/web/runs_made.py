"""Runs in every state, and what the script of a page is told of one."""

import json
from typing import Any

from gleaner.running.application import Context
from gleaner.store.model import NewLine, Outcome, Run
from making import new_run
from web.visitors import Browser


def queued(context: Context, **values: Any) -> Run:
    return context.store.queue_run(new_run(**values))


def running(context: Context, **values: Any) -> Run:
    run = queued(context, **values)
    claimed = context.store.claim_run("worker-7", [], 60, run_id=run.id)
    assert claimed
    return claimed


def finished(context: Context, state: str = "succeeded", *, reason: str = "", **result: Any) -> Run:
    run = running(context)
    outcome = Outcome(state=state, reason=reason, result=result)  # type: ignore[arg-type] # a state by its name
    return context.store.finish_run(run.id, run.attempt, outcome)


def say(context: Context, run: Run, count: int, level: str = "info") -> None:
    context.store.add_lines(run.id, [NewLine(1_700_000_000_000, level, f"<line {n}>") for n in range(1, count + 1)])


def live(client: Browser, run: Run, **query: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.get(f"/runs/{run.id}/live", query_string=query).data)
    return found
