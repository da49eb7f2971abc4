"""The queue: who may be queued, and who gets which run."""

import pytest
from msgspec.structs import replace

from gleaner.store.model import NewRun, Outcome, Progress, RunFilter
from gleaner.store.protocol import AlreadyQueued, SlotTaken, Store
from making import new_run


def test_it_works(store: Store) -> None:
    """A queued run is claimed, told about and finished."""
    before = store.now()
    run = store.queue_run(new_run("collect/quakes", parameters={"since": "2024"}, trigger="web", triggered_by="ada"))
    assert (run.state, run.attempt, run.tries, run.parameters) == ("queued", 0, 0, {"since": "2024"})
    assert before <= run.created_at == run.not_before <= store.now()
    assert store.queue_length() == 1

    claimed = store.claim_run("worker-1", [], 30)
    assert (claimed.id, claimed.state, claimed.worker, claimed.attempt, claimed.tries) == (
        run.id,
        "running",
        "worker-1",
        1,
        1,
    )
    assert claimed.lease_until == claimed.started_at + 30_000

    store.report_progress(run.id, 1, Progress(done=3, total=10, message="page 1"))
    assert store.get_run(run.id).progress == Progress(done=3, total=10, message="page 1")

    ended = store.finish_run(
        run.id, 1, Outcome(state="suspect", reason="total differs", result={"records": {"new": 3}})
    )
    assert (ended.state, ended.reason, ended.result) == ("suspect", "total differs", {"records": {"new": 3}})
    assert ended.started_at <= ended.ended_at <= store.now()
    assert ended.lease_until is None
    assert store.get_run(run.id) == ended
    assert store.queue_length() == 0


def test_everything_comes_back(store: Store) -> None:
    """Whatever a run was queued with is still there when it is read."""
    new = NewRun(
        application="report/strongest",
        parameters={"$where": {"a.b": [1, 2**80, 1e300, None, True]}, "text": "\0 🌋 \ud800"},
        trigger="schedule",
        triggered_by="scheduler",
        slot="strongest",
        due_at=1_700_000_000_000,
        timeout=12.5,
        max_attempts=3,
        catalog_version="abc",
        traceparent="00-1-2-01",
        retry_of="01ABC",
    )
    run = store.queue_run(new)

    assert store.get_run(run.id) == run
    for name in ("parameters", "trigger", "triggered_by", "slot", "due_at", "timeout", "max_attempts"):
        assert getattr(run, name) == getattr(new, name)
    assert (run.catalog_version, run.traceparent, run.retry_of) == ("abc", "00-1-2-01", "01ABC")


def test_ids_sort_by_creation(store: Store) -> None:
    """Ids rise in the order in which runs are queued, and are at most 26 characters."""
    ids = [store.queue_run(new_run()).id for _ in range(50)]
    assert ids == sorted(set(ids))
    assert {len(run_id) for run_id in ids} == {26}


def test_oldest_first(store: Store) -> None:
    """The oldest run is claimed first, and when none is left there is nothing to claim."""
    ids = [store.queue_run(new_run()).id for _ in range(3)]
    assert [store.claim_run("w", [], 30).id for _ in range(3)] == ids
    assert store.claim_run("w", [], 30) is None


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ([], ["collect/a", "collect-all", "report/a", "retain"]),
        (["collect/"], ["collect/a"]),
        (["report/", "retain"], ["report/a", "retain"]),
        (["collect/a"], ["collect/a"]),
        (["collect"], []),
        (["collect/a/"], []),
        (["col"], []),
        (["Collect/", "c.*", "%", "$"], []),
    ],
)
def test_patterns(store: Store, patterns: list[str], expected: list[str]) -> None:
    """A worker gets the runs whose application is named, or has a named prefix that ends in a slash."""
    for application in ("collect/a", "collect-all", "report/a", "retain"):
        store.queue_run(new_run(application))

    claimed = []
    while run := store.claim_run("w", patterns, 30):
        claimed.append(run.application)

    assert claimed == expected


def test_one_run_by_id(store: Store) -> None:
    """A certain run can be claimed, if it may start and its application matches."""
    _first, second = store.queue_run(new_run()), store.queue_run(new_run())

    assert store.claim_run("w", ["report/"], 30, run_id=second.id) is None
    assert store.claim_run("w", ["collect/"], 30, run_id=second.id).id == second.id
    assert store.claim_run("w", [], 30, run_id=second.id) is None
    assert store.claim_run("w", [], 30, run_id="no such run") is None


def test_delay(store: Store) -> None:
    """A delayed run waits until its time has come by the database's clock; later ones pass it by."""
    delayed = store.queue_run(new_run(delay=3600))
    soon = store.queue_run(new_run(delay=0.05))
    assert delayed.not_before == delayed.created_at + 3_600_000

    claimed = None
    while store.now() < soon.not_before + 2000 and claimed is None:
        claimed = store.claim_run("w", [], 30)

    assert claimed.id == soon.id
    assert claimed.started_at >= soon.not_before
    assert store.claim_run("w", [], 30) is None
    assert store.queue_length() == 1


class TestSlot:
    """What only one active run may hold."""

    def test_queued(self, store: Store) -> None:
        """While a run with the slot is queued no other one can be."""
        first = store.queue_run(new_run(slot="quakes"))
        with pytest.raises(SlotTaken, match="already queued") as taken:
            store.queue_run(new_run("report/a", slot="quakes"))
        assert taken.value.run == first
        assert store.queue_length() == 1

    def test_running(self, store: Store) -> None:
        """While a run with the slot is running no other one can be queued."""
        store.queue_run(new_run(slot="quakes"))
        running = store.claim_run("w", [], 30)
        with pytest.raises(SlotTaken, match="already running") as taken:
            store.queue_run(new_run(slot="quakes"))
        assert taken.value.run == running

    @pytest.mark.parametrize("state", ["succeeded", "suspect", "failed", "cancelled", "lost"])
    def test_ended(self, store: Store, state: str) -> None:
        """When it has ended, however, the slot is free."""
        store.queue_run(new_run(slot="quakes"))
        run = store.claim_run("w", [], 30)
        store.finish_run(run.id, 1, Outcome(state=state))
        assert store.queue_run(new_run(slot="quakes")).state == "queued"

    def test_cancelled_early(self, store: Store) -> None:
        """A run that is cancelled before it started frees its slot."""
        run = store.queue_run(new_run(slot="quakes"))
        store.cancel_run(run.id)
        assert store.queue_run(new_run(slot="quakes")).state == "queued"

    def test_returned(self, store: Store) -> None:
        """A run that went back to the queue still holds its slot."""
        store.queue_run(new_run(slot="quakes"))
        run = store.claim_run("w", [], 30)
        store.return_run(run.id, 1, reason="waits")
        with pytest.raises(SlotTaken):
            store.queue_run(new_run(slot="quakes"))

    def test_others(self, store: Store) -> None:
        """Other slots are free, and runs without one are never in each other's way."""
        for slot in ("quakes", "volcanoes", None, None, ""):
            store.queue_run(new_run(slot=slot))
        assert store.queue_length() == 5


class TestDue:
    """Runs that a schedule asks for."""

    def test_once(self, store: Store) -> None:
        """A run for the same application and due time is queued once, whatever became of it."""
        store.queue_run(new_run(due_at=1000))
        with pytest.raises(AlreadyQueued, match="collect/quakes"):
            store.queue_run(new_run(due_at=1000))

        run = store.claim_run("w", [], 30)
        store.finish_run(run.id, 1, Outcome(state="failed"))
        with pytest.raises(AlreadyQueued):
            store.queue_run(new_run(due_at=1000))

    def test_comes_first(self, store: Store) -> None:
        """That it was queued before is said even while its slot is taken."""
        store.queue_run(new_run(slot="quakes", due_at=1000))
        with pytest.raises(AlreadyQueued):
            store.queue_run(new_run(slot="quakes", due_at=1000))
        with pytest.raises(SlotTaken):
            store.queue_run(new_run(slot="quakes", due_at=2000))

    def test_others(self, store: Store) -> None:
        """Another time, another application or no due time at all is another run."""
        for application, due in (("a", 1000), ("a", 2000), ("b", 1000), ("a", None), ("a", None)):
            store.queue_run(new_run(application, due_at=due))
        assert store.queue_length() == 5

    def test_latest(self, store: Store) -> None:
        """The latest due time of an application counts all its runs and no other's."""
        assert store.latest_dues() == {}
        for application, due in (("a", 2000), ("a", 1000), ("b", 3000), ("a", None)):
            store.queue_run(new_run(application, due_at=due))
        assert store.latest_dues() == {"a": 2000, "b": 3000}

    def test_at_the_epoch(self, store: Store) -> None:
        """A due time of zero is a due time."""
        store.queue_run(new_run("a", due_at=0))
        assert store.latest_dues() == {"a": 0}


def test_schedule_since(store: Store) -> None:
    """A schedule is known from when it was first seen; a changed one starts anew, and so does one changed back."""
    first = store.schedule_since("collect/a", "0 * * * *")
    assert 0 <= store.now() - first < 60_000
    while store.now() == first:
        pass
    assert store.schedule_since("collect/a", "0 * * * *") == first

    second = store.schedule_since("collect/a", "$spec")
    assert second > first
    while store.now() == second:
        pass
    assert store.schedule_since("collect/a", "$spec") == second
    assert store.schedule_since("collect/b", "0 * * * *") > second
    assert store.schedule_since("collect/a", "0 * * * *") > second


class TestList:
    """The list of runs."""

    @pytest.fixture(autouse=True)
    def ids(self, store: Store) -> list[str]:
        """Six runs: two succeeded, one running, three queued."""
        names = ["collect/a", "collect/b", "report/a", "collect/a", "collect/b", "report/a"]
        ids = [
            store.queue_run(new_run(name, trigger="web" if place % 2 else "cli")).id for place, name in enumerate(names)
        ]
        for _ in range(3):
            store.claim_run("w", [], 30)
        for run_id in ids[:2]:
            store.finish_run(run_id, 1, Outcome(state="succeeded"))
        return ids

    @pytest.mark.parametrize(
        ("wanted", "places"),
        [
            (RunFilter(), [5, 4, 3, 2, 1, 0]),
            (RunFilter(limit=2), [5, 4]),
            (RunFilter(limit=0), []),
            (RunFilter(application="collect/a"), [3, 0]),
            (RunFilter(application="collect/"), [4, 3, 1, 0]),
            (RunFilter(states=("succeeded",)), [1, 0]),
            (RunFilter(states=("running", "succeeded")), [2, 1, 0]),
            (RunFilter(trigger="web"), [5, 3, 1]),
            (RunFilter(application="collect/b", states=("queued",), trigger="cli"), [4]),
            (RunFilter(application="retain"), []),
        ],
    )
    def test_filter(self, store: Store, ids: list[str], wanted: RunFilter, places: list[int]) -> None:
        """Runs are listed newest first, those that satisfy everything that is asked for."""
        assert [ids.index(run.id) for run in store.list_runs(wanted)] == places

    def test_pages(self, store: Store, ids: list[str]) -> None:
        """The next page goes on behind the last run of the page before."""
        wanted, seen = RunFilter(limit=4), []
        while page := store.list_runs(wanted):
            seen += [run.id for run in page]
            wanted = RunFilter(limit=4, before=page[-1].id)
        assert seen == ids[::-1]


def test_import(store: Store) -> None:
    """A run from elsewhere is kept as it is, once."""
    run = store.queue_run(new_run(due_at=5, slot="s"))
    ended = store.finish_run(store.claim_run("w", [], 30).id, 1, Outcome(state="failed", reason="no", result={"a": 1}))
    other = replace(ended, id="01" + "A" * 24, due_at=6)
    assert store.import_run(other) is True
    assert store.get_run(other.id) == other
    assert store.import_run(replace(other, reason="changed")) is False
    assert store.get_run(other.id) == other
    assert store.import_run(replace(other, id="01" + "B" * 24)) is False  # the same due time is the same run
    assert store.get_run(run.id) == ended


def test_due_runs_are_those_that_may_start(store: Store) -> None:
    """Of each application: how many wait, and how long the first has; not what is delayed or running."""
    assert store.due_runs() == {}
    for _ in range(2):
        store.queue_run(new_run("collect/quakes", slot=None))
    store.queue_run(new_run("report/strongest", delay=60.0))
    store.queue_run(new_run("retain"))
    assert store.claim_run("worker-1", ["retain"], 30)
    due = store.due_runs()
    assert {application: waiting.runs for application, waiting in due.items()} == {"collect/quakes": 2}
    assert 0 <= due["collect/quakes"].longest < 60_000
