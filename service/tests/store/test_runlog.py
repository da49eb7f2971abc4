from gleaner.store.model import NewRun
from gleaner.store.protocol import Store
from gleaner.store.runlog import FLUSH_LINES, MAX_LINE_CHARACTERS, StoredLog
from gleaner.telemetry.redact import protect


def claimed(store: Store) -> StoredLog:
    store.queue_run(NewRun(application="a"))
    run = store.claim_run("w", (), 60)
    assert run
    return StoredLog(store, run.id, run.attempt)


def texts(store: Store) -> list[str]:
    return [line.text for line in store.read_lines(store.list_runs()[0].id)]


def test_it_works(sqlite_store: Store) -> None:
    """The first line is written at once; what follows is gathered until it is flushed."""
    log = claimed(sqlite_store)
    log.info("one")
    assert texts(sqlite_store) == ["one"]
    log.warning("two")
    log.progress(5, 10, message="half")
    assert texts(sqlite_store) == ["one"]
    log.flush()
    assert texts(sqlite_store) == ["one", "two"]
    assert (sqlite_store.list_runs()[0].progress.done, sqlite_store.list_runs()[0].progress.message) == (5, "half")


def test_many_lines_are_written_together(sqlite_store: Store) -> None:
    """A talkative run is written in batches."""
    log = claimed(sqlite_store)
    for number in range(FLUSH_LINES + 1):
        log.info(str(number))
    assert len(texts(sqlite_store)) >= FLUSH_LINES


def test_secrets_are_masked(sqlite_store: Store) -> None:
    """A protected value is in no line and in no message."""
    protect("secret-of-the-log-77")
    log = claimed(sqlite_store)
    log.error("asked with secret-of-the-log-77")
    log.progress(1, message="secret-of-the-log-77")
    log.flush()
    assert texts(sqlite_store) == ["asked with ***"]
    assert sqlite_store.list_runs()[0].progress.message == "***"


def test_a_long_line_is_cut(sqlite_store: Store) -> None:
    """A line of any length is kept in part, and says how long it was."""
    log = claimed(sqlite_store)
    log.info("x" * 100_000)
    assert len(texts(sqlite_store)[0]) < MAX_LINE_CHARACTERS + 100
    assert texts(sqlite_store)[0].endswith("(100000 characters)")
