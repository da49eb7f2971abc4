"""The text that tells whether anything has changed."""

from msgspec.structs import replace

from gleaner.store.model import NewLine, Outcome, Progress, SourceState
from gleaner.store.protocol import Store
from making import new_run, records


def test_changes(store: Store) -> None:
    """Whatever changes records, states or runs gives the store a version that it never had."""
    seen = [store.version()]
    run = store.queue_run(new_run(max_attempts=9))
    archived = store.finish_run(store.claim_run("w", [], 60).id, 1, Outcome(state="failed"))
    [stored] = [store.get_record("other", "a")] if store.keep_records("other", records("a")) else []

    def queue_and_claim(lease: float) -> int:
        store.queue_run(new_run(max_attempts=9))
        return store.claim_run("w", [], lease).attempt

    newest = lambda: store.list_runs()[0].id  # noqa: E731 -- shorter here than a function
    steps = [
        lambda: store.keep_records("quakes", records("ab")),
        lambda: store.keep_records("quakes", records("a", version=2)),
        lambda: store.keep_records("quakes", records("a", version=2), rewrite=True),
        lambda: store.mark_gone("quakes", "a"),
        lambda: store.import_records("imported", [stored]),
        lambda: store.save_source_state("quakes", SourceState(cursor="1")),
        lambda: store.prune_runs(0, 0) or store.queue_run(new_run()),
        lambda: store.cancel_run(newest()),
        lambda: queue_and_claim(60),
        lambda: store.report_progress(newest(), 1, Progress(done=1)),
        lambda: store.cancel_run(newest()),
        lambda: store.return_run(newest(), 1, reason="waits"),
        lambda: queue_and_claim(-1),
        store.recover_runs,
        lambda: store.claim_run("w", [], 60),
        lambda: store.finish_run(newest(), 2, Outcome(state="succeeded")),
        lambda: store.import_run(replace(archived, id="0" * 26)),
    ]
    assert run.id == archived.id
    for step in steps:
        seen.append(store.version())
        step()
        assert store.version() not in seen, step
    before = store.version()
    assert store.prune_runs(0, -10) > 0
    assert store.version() != before


def test_no_changes(store: Store) -> None:
    """What changes nothing of these leaves the version as it is: lines, entries, leases, and vain attempts."""
    store.keep_records("quakes", records("ab"))
    store.mark_gone("quakes", "b")
    run = store.queue_run(new_run())
    store.claim_run("w", [], 60)
    before = store.version()
    store.add_lines(run.id, [NewLine(1, "info", "…")])
    store.set_entry("session", "a", "ada", lasts=60)
    store.count_entry("login", "a", lasts=60)
    store.renew_lease(run.id, 1, 60)
    store.keep_records("quakes", records("a"))
    store.mark_gone("quakes", "bx")
    assert store.claim_run("w", [], 60) is None
    assert store.recover_runs() == []
    assert store.prune_runs(0, 0) == 0
    assert store.import_run(run) is False
    assert store.version() == before
