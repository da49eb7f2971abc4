"""`run`, `work`: applications at work, in the foreground."""

import getpass
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from gleaner.commands.interrupts import on_interrupt
from gleaner.commands.output import as_json, say, tell
from gleaner.commands.progress import Display
from gleaner.errors import GleanerError
from gleaner.ops.dependency import Dependency
from gleaner.ops.heartbeat import Heartbeat
from gleaner.running.application import Context
from gleaner.running.context import open_context
from gleaner.running.housekeeping import Duty, Housekeeping, prune_runs, retain_reports
from gleaner.running.opsport import STUCK_SECONDS, ops_port
from gleaner.running.registry import Registry, find_applications
from gleaner.running.runner import Runner
from gleaner.running.scheduler import Scheduler
from gleaner.running.telling import owns_shelf, telling
from gleaner.running.tracing import traced
from gleaner.running.trigger import queue
from gleaner.settings import Settings
from gleaner.store.model import ENDED, Run
from gleaner.store.protocol import SlotTaken, Store

_POLL_SECONDS = 0.25


def run(settings: Settings, application: str, parameters: Mapping[str, str], *, json: bool) -> int:
    """Trigger an application, see it through here, and show how it goes. 0: it succeeded."""
    with traced(settings), open_context(settings) as context:
        registry = find_applications(settings, context.catalog)
        try:
            queued = queue(
                context.store,
                registry.find(application),
                parameters,
                trigger="cli",
                triggered_by=_who(),
                max_attempts=1,  # who started it sees the failure, and decides
            )
        except SlotTaken as taken:
            raise GleanerError(f"{taken}; `gleaner runs {taken.run.id}` shows it") from None
        ended = see_through(settings, context.store, queued)
    if json:
        as_json(summary(ended))
    else:
        say(sentence(ended))
    return 0 if ended.state == "succeeded" else 1


def summary(run: Run) -> dict[str, object]:
    """A run for programs: its result's keys stand beside its state."""
    return {
        **run.result,
        "run": run.id,
        "application": run.application,
        "state": run.state,
        "reason": run.reason,
        "attempt": run.attempt,
        "seconds": run.ended_at and run.started_at and (run.ended_at - run.started_at) / 1000,
    }


def sentence(run: Run) -> str:
    """A run's end for people."""
    return ": ".join(part for part in (f"{run.application} {run.state}", run.reason, _counted(run)) if part)


def _counted(run: Run) -> str:
    """What a collection or a report counted; other applications say what they like in their log."""
    if "records" in run.result:
        return ", ".join(f"{n:,} {kind}" for kind, n in run.result["records"].items() if n) or "no records"
    if "rows" in run.result:
        return f"{run.result['rows']:,} rows in {', '.join(file['name'] for file in run.result['files'])}"
    return ""


def see_through(settings: Settings, store: Store, queued: Run) -> Run:
    """Execute one queued run here (or watch whoever claimed it first) until it has ended. Ctrl-C cancels it."""
    runner = Runner(
        store, worker=settings.worker_name, slots=1, lease=settings.lease, grace=settings.grace, run_id=queued.id
    )
    thread = threading.Thread(target=runner.work)
    thread.start()
    try:
        interrupts: list[int] = []
        with on_interrupt(lambda: interrupts.append(1)), Display(queued.application) as display:
            return _watch(store, queued.id, display, interrupts)
    finally:
        runner.stop()
        thread.join()


def _watch(store: Store, run_id: str, display: Display, interrupts: Sequence[int]) -> Run:
    """The first interrupt asks the run to end, a second one kills it."""
    seen, asked, pause = 0, 0, threading.Event()
    while True:
        for _ in range(asked, len(interrupts)):
            store.cancel_run(run_id)
            asked += 1
        current = store.get_run(run_id)
        if current is None:
            raise GleanerError(f"run {run_id} is gone from the store")
        for line in store.read_lines(run_id, after=seen):
            display.line(line.level, line.text)
            seen = line.number
        display.show(current)
        if current.state in ENDED:
            return current
        pause.wait(_POLL_SECONDS)


def work(settings: Settings, kinds: Sequence[str], *, schedule: bool) -> int:
    """Execute runs until a signal ends this process."""
    with traced(settings), open_context(settings) as context:
        heartbeat = Heartbeat(STUCK_SECONDS)
        registry = find_applications(settings, context.catalog)
        runner = make_runner(context, registry, kinds, schedule=schedule, heartbeat=heartbeat)
        with (
            on_interrupt(runner.stop),
            ops_port(settings, heartbeat, Dependency("store", context.store.ping)),
            telling(context, registry, kinds, schedule=schedule),
        ):
            tell(f"gleaner work: {', '.join(kinds) or 'all applications'} as {settings.worker_name}")
            runner.work()
    return 0


def make_runner(
    context: Context, registry: Registry, kinds: Sequence[str], *, schedule: bool, heartbeat: Heartbeat
) -> Runner:
    """A runner for these kinds of applications (`collect`, `report`, `retain`, or names), all when there are none."""
    warn_of_broken(registry)
    turns: list[Callable[[], object]] = []
    if schedule:
        turns.append(Scheduler(context.store, registry.applications).tick)
    turns.append(Housekeeping(*_duties(context, kinds, schedule=schedule)).tick)
    settings = context.settings

    def each_turn() -> None:
        for turn in turns:
            turn()
            heartbeat.beat()

    return Runner(
        context.store,
        worker=settings.worker_name,
        applications=[kind if kind in registry.applications else f"{kind}/" for kind in kinds],
        slots=settings.slots,
        lease=settings.lease,
        grace=settings.grace,
        each_turn=each_turn,
        beat=heartbeat.beat,
    )


def _duties(context: Context, kinds: Sequence[str], *, schedule: bool) -> Iterator[Duty]:
    """Whoever makes reports owns the shelf; old runs are forgotten by everybody who queues new ones."""
    if owns_shelf(kinds):
        yield partial(retain_reports, context.settings)
    if schedule:
        yield partial(prune_runs, context.settings, context.store)


def warn_of_broken(registry: Registry) -> None:
    """Applications that could not be loaded are named, whatever else goes on."""
    for name, error in registry.broken.items():
        tell(f"gleaner: application {name} cannot be loaded: {error}")


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return ""
