"""What runs say: lines and rejected records."""

from concurrent.futures import ThreadPoolExecutor

from gleaner.store.model import MAX_LINES, MAX_URGENT_LINES, Line, NewLine, Reject
from gleaner.store.protocol import Store
from making import new_run


def line(text: str = "…", level: str = "info") -> NewLine:
    return NewLine(1_700_000_000_000, level, text)


def test_it_works(store: Store) -> None:
    """Lines are numbered from 1 in the order in which they were added."""
    run = store.queue_run(new_run()).id
    store.add_lines(run, [line("one"), line("two", "warning")])
    store.add_lines(run, [line("three")])

    assert store.read_lines(run) == [
        Line(1, 1_700_000_000_000, "info", "one"),
        Line(2, 1_700_000_000_000, "warning", "two"),
        Line(3, 1_700_000_000_000, "info", "three"),
    ]
    assert (store.get_run(run).lines, store.get_run(run).dropped_lines) == (3, 0)


def test_pages(store: Store) -> None:
    """Reading goes on behind a number, up to a limit."""
    run = store.queue_run(new_run()).id
    store.add_lines(run, [line(str(number)) for number in range(1, 13)])

    assert [one.number for one in store.read_lines(run, limit=3)] == [1, 2, 3]
    assert [one.number for one in store.read_lines(run, after=9)] == [10, 11, 12]
    assert store.read_lines(run, after=12) == []
    assert store.read_lines(run, limit=0) == []


def test_pages_backwards(store: Store) -> None:
    """Reading goes back from a number, too: the last ones before it, in order."""
    run, other = store.queue_run(new_run()).id, store.queue_run(new_run()).id
    for name in (run, other):
        store.add_lines(name, [line(str(number)) for number in range(1, 13)])

    assert [one.number for one in store.read_lines(run, before=13, limit=3)] == [10, 11, 12]
    assert [one.number for one in store.read_lines(run, before=3, limit=3)] == [1, 2]
    assert [one.number for one in store.read_lines(run, after=7, before=10)] == [8, 9]
    assert store.read_lines(run, before=1) == []
    assert store.read_lines(run, before=9, limit=0) == []


def test_runs_are_apart(store: Store) -> None:
    """Each run has its own numbers; a run that is not there has no lines and gets none."""
    first, second = store.queue_run(new_run()).id, store.queue_run(new_run()).id
    store.add_lines(first, [line("one")])
    store.add_lines(second, [line("two")])
    store.add_lines("no such run", [line("three")])

    assert [(one.number, one.text) for one in store.read_lines(first)] == [(1, "one")]
    assert [(one.number, one.text) for one in store.read_lines(second)] == [(1, "two")]
    assert store.read_lines("no such run") == []


def test_any_text(store: Store) -> None:
    """Text comes back as it was; a half of a character that no database takes becomes a question mark."""
    run = store.queue_run(new_run()).id
    store.add_lines(run, [line("$a.b \0 🌋"), line("bad \udcff half")])
    assert [one.text for one in store.read_lines(run)] == ["$a.b \0 🌋", "bad ? half"]


def test_limit(store: Store) -> None:
    """Past the limit only warnings and errors are kept, up to a limit of their own; the rest is counted."""
    run = store.queue_run(new_run()).id
    store.add_lines(run, [line()] * (MAX_LINES - 1))
    store.add_lines(run, [line("last"), line("dropped"), line("bad", "error"), line("dropped", "debug")])

    assert [(one.number, one.text) for one in store.read_lines(run, after=MAX_LINES - 1)] == [
        (MAX_LINES, "last"),
        (MAX_LINES + 2, "bad"),
    ]
    store.add_lines(run, [line("w", "warning")] * MAX_URGENT_LINES)
    store.add_lines(run, [line("e", "error")])

    assert len(store.read_lines(run, after=MAX_LINES, limit=5000)) == MAX_URGENT_LINES
    found = store.get_run(run)
    assert (found.lines, found.dropped_lines) == (MAX_LINES + 3 + MAX_URGENT_LINES + 1, 4)


def test_several_writers(store: Store) -> None:
    """Writers at the same time share no number and lose no line."""
    run = store.queue_run(new_run()).id
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda writer: [store.add_lines(run, [line(f"{writer}.{n}")] * 3) for n in range(10)], range(8)))

    lines = store.read_lines(run, limit=1000)
    assert [one.number for one in lines] == list(range(1, 241))
    assert store.get_run(run).lines == 240
    for writer in range(8):
        mine = [one.text for one in lines if one.text.startswith(f"{writer}.")]
        assert mine == [f"{writer}.{n}" for n in range(10) for _ in range(3)]


def test_rejects(store: Store) -> None:
    """Rejected records come back in the order in which they were added, each run's its own."""
    first, second = store.queue_run(new_run()).id, store.queue_run(new_run()).id
    rejects = [Reject(page, index, f"no key: {page}", '{"a":\0 \ud800') for page in (2, 1) for index in (9, 3)]
    store.add_rejects(first, rejects[:3])
    store.add_rejects(first, rejects[3:])

    found = store.read_rejects(first)
    assert [(one.page, one.index, one.reason) for one in found] == [(r.page, r.index, r.reason) for r in rejects]
    assert found[0].sample == '{"a":\0 ?'
    assert store.read_rejects(first, limit=2) == found[:2]
    assert store.read_rejects(first, limit=0) == []
    assert store.read_rejects(second) == []


def test_rejects_have_a_limit(store: Store) -> None:
    """A thousand rejected records of a run are kept; one that is not there keeps none."""
    run = store.queue_run(new_run()).id
    for _ in range(3):
        store.add_rejects(run, [Reject(1, index, "no key", "{}") for index in range(1, 401)])
    store.add_rejects("no such run", [Reject(1, 1, "no key", "{}")])

    found = store.read_rejects(run, limit=5000)
    assert len(found) == 1000
    assert found[-1].index == 200
    assert store.read_rejects("no such run") == []
