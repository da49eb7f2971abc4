"""Several threads and several processes at once."""

import subprocess
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from gleaner.store import open_store
from gleaner.store.model import Kept, Run
from gleaner.store.protocol import AlreadyQueued, SlotTaken, Store
from making import new_record, new_run, records

T = TypeVar("T")
StartWorker = Callable[[str, str, str], subprocess.Popen[str]]
SECONDS = 60


def test_no_run_is_claimed_twice(store: Store, store_address: str, start_worker: StartWorker) -> None:
    """Eight threads and two processes that claim 200 runs get each of them once."""
    ids = [store.queue_run(new_run("collect/a" if number % 2 else "collect/b")).id for number in range(200)]
    workers = [start_worker("claim", store_address, f"process-{number}") for number in range(2)]
    for worker in workers:
        begin(worker)
    with ThreadPoolExecutor(8) as pool:
        claimed = [
            run_id for some in pool.map(lambda name: claim_all(store, name), map(str, range(8))) for run_id in some
        ]
    for worker in workers:
        claimed += worker.communicate(timeout=SECONDS)[0].split()

    assert Counter(claimed) == Counter(ids)
    assert {(run.attempt, run.tries) for run_id in ids if (run := store.get_run(run_id))} == {(1, 1)}


def begin(worker: subprocess.Popen[str]) -> None:
    worker.stdin.write("\n")
    worker.stdin.flush()


def claim_all(store: Store, name: str) -> list[str]:
    ids: list[str] = []
    while run := store.claim_run(name, [], 60):
        ids.append(run.id)
    return ids


def test_the_same_keys(store: Store, store_address: str, start_worker: StartWorker) -> None:
    """Two processes and a thread that keep the same keys all succeed; each key is there once, whole."""
    workers = [start_worker("upsert", store_address, f"process-{number}") for number in range(2)]
    for worker in workers:
        begin(worker)
    for version in range(20):
        store.keep_records("quakes", [new_record(f"{key:03}", version=version) for key in range(100)])
    for worker in workers:
        assert worker.communicate(timeout=SECONDS)[0] == "done\n"
        assert worker.returncode == 0

    assert store.count_records("quakes") == 100
    assert list(store.iter_keys("quakes")) == [f"{key:03}" for key in range(100)]
    whole = {(one.body, one.hash) for one in (new_record("", version=version) for version in range(20))}
    [batch] = store.iter_records("quakes")
    assert {(record.body, record.hash) for record in batch} <= whole


def test_counts_of_a_race(store: Store) -> None:
    """When several writers bring the same new records, each record is new for exactly one of them."""
    kept = at_once(lambda: store.keep_records("quakes", records("abcdefgh")))
    assert sum(one.new for one in kept) == 8
    assert sum(one.changed for one in kept) == 0
    assert all(one == Kept(new=one.new, unchanged=8 - one.new) for one in kept)
    assert store.count_records("quakes") == 8


def test_gone_once(store: Store) -> None:
    """When several mark the same records as gone, each record is marked by exactly one of them."""
    store.keep_records("quakes", records("abcdefgh"))
    assert sum(at_once(lambda: store.mark_gone("quakes", "abcdefgh"))) == 8
    assert store.count_records("quakes") == 0


def test_one_slot(store: Store) -> None:
    """Of many who want the same slot at once exactly one gets it, and the others learn who has it."""

    def queue() -> Run | SlotTaken:
        try:
            return store.queue_run(new_run(slot="quakes"))
        except SlotTaken as taken:
            return taken

    results = at_once(queue)
    [winner] = [one for one in results if isinstance(one, Run)]
    assert {one.run.id for one in results if isinstance(one, SlotTaken)} == {winner.id}
    assert store.queue_length() == 1


def test_one_due_time(store: Store) -> None:
    """However many schedulers are awake, a run for a due time is queued once."""

    def queue() -> Run | None:
        try:
            return store.queue_run(new_run(slot="quakes", due_at=1000))
        except AlreadyQueued:
            return None

    assert sum(one is not None for one in at_once(queue)) == 1


def test_one_schedule(store: Store) -> None:
    """All schedulers agree since when a schedule has been known."""
    assert len(set(at_once(lambda: store.schedule_since("collect/a", "* * * * *")))) == 1


def test_recovered_once(store: Store) -> None:
    """When several recover at once each lost run is recovered by exactly one of them."""
    for _ in range(10):
        store.queue_run(new_run(max_attempts=2))
        last = store.claim_run("w", [], 0)
    while store.now() <= last.lease_until:
        pass
    recovered = [run.id for some in at_once(store.recover_runs) for run in some]
    assert len(recovered) == len(set(recovered)) == 10


def test_opened_at_once(store_address: str) -> None:
    """Several may open a new store at the same moment."""
    stores = at_once(lambda: open_store(store_address))
    for store in stores:
        store.queue_run(new_run())
    assert stores[0].queue_length() == len(stores)
    for store in stores:
        store.close()


def at_once(step: Callable[[], T]) -> list[T]:
    """What eight threads get that take the same step at the same moment."""
    barrier = Barrier(8)

    def take(_: int) -> T:
        barrier.wait(SECONDS)
        return step()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(take, range(8)))
