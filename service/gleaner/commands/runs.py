"""`runs`: what ran, how it ended, what it said."""

import msgspec

from gleaner.catalog.times import show_time
from gleaner.commands.output import as_json, say, table
from gleaner.errors import InputError
from gleaner.running.context import opened_store
from gleaner.settings import Settings
from gleaner.store.model import Run, RunFilter, RunState
from gleaner.store.protocol import Store


def list_runs(
    settings: Settings, *, application: str | None, states: tuple[RunState, ...], limit: int, json: bool
) -> int:
    """The newest runs first."""
    with opened_store(settings) as store:
        runs = store.list_runs(RunFilter(application=application, states=states, limit=limit))
    if json:
        as_json({"runs": runs})
    elif not runs:
        say("No runs yet. `gleaner run APPLICATION` starts one.")
    else:
        table(["run", "application", "state", "started", "seconds", "by", "why"], map(_row, runs))
    return 0


def show_run(settings: Settings, run_id: str, *, cancel: bool, json: bool) -> int:
    """One run with its lines and rejected records; with `cancel` it is asked to end first."""
    with opened_store(settings) as store:
        run = store.cancel_run(run_id) if cancel else store.get_run(run_id)
        if run is None:
            raise InputError(f"there is no run {run_id!r}; `gleaner runs` lists them")
        if json:
            rejects = store.read_rejects(run_id)
            as_json({**msgspec.to_builtins(run), "rejects": rejects})
        else:
            _print(run, store)
    return 0


def _row(run: Run) -> list[object]:
    return [
        run.id,
        run.application,
        run.state,
        show_time(run.started_at),
        f"{_seconds(run):.1f}" if run.started_at and run.ended_at else "",
        f"{run.trigger} {run.triggered_by}".strip(),
        run.reason if len(run.reason) <= 80 else f"{run.reason[:79]}…",
    ]


def _seconds(run: Run) -> float:
    return ((run.ended_at or 0) - (run.started_at or 0)) / 1000


def _print(run: Run, store: Store) -> None:
    for name, value in msgspec.to_builtins(run).items():
        if value not in (None, "", {}):
            say(f"{name:16} {show_time(value) if name.endswith(('_at', '_until', 'not_before')) else value}")
    after = 0
    while lines := store.read_lines(run.id, after=after):
        for line in lines:
            say(f"{show_time(line.time)} {line.level:7} {line.text}")
        after = lines[-1].number
    if run.dropped_lines:
        say(f"({run.dropped_lines:,} further lines were dropped)")
    for reject in store.read_rejects(run.id):
        say(f"rejected: page {reject.page}, record {reject.index}: {reject.reason}: {reject.sample}")
