"""Operations of the store on MongoDB against the same with bare pymongo, in turns: `./task bench`.

The bare side does the least that leaves the same in the database and hands out the same to its caller.
"""

import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import DESCENDING, MongoClient, ReturnDocument, UpdateOne

from bench.figures import Figure, arguments, figure, finish, say, short, table
from bench.installation import BATCH, fill, record
from bench.mongo import mongod
from gleaner.store import open_store
from gleaner.store.model import NewRecord, NewRun, Outcome, RecordQuery
from gleaner.store.mongo.documents import new_document
from gleaner.store.protocol import Store

Work = Callable[[int], object]


@dataclass(frozen=True)
class Pair:
    """The same work twice; it is told how often it was done before, so that no two write the same."""

    name: str
    ours: Work
    bare: Work
    times: int


def pairs(store: Store, database: Any, records: int) -> list[Pair]:
    """`database` is the store's own: the bare side reads the same collections and writes into some of its own."""
    collection = database["records.bench"]
    strongest = RecordQuery(where={"kind": "earthquake"}, sort="magnitude", limit=50)
    return [
        Pair(
            "one record by its key",
            lambda number: store.get_record("bench", f'"r{number % records:07}"'),
            lambda number: collection.find_one({"_id": f'"r{number % records:07}"'}),
            300,
        ),
        Pair(
            "a page of 50, filtered and sorted",
            lambda _: store.find_records("bench", strongest),
            lambda _: list(
                collection.find({"fields.kind": "earthquake"}).sort([("fields.magnitude", DESCENDING)]).limit(50)
            ),
            60,
        ),
        Pair(
            "count",
            lambda _: store.count_records("bench"),
            lambda _: collection.estimated_document_count(),
            300,
        ),
        Pair(
            "1,000 new records",
            lambda number: store.keep_records("ours", _batch(number)),
            lambda number: database["bare"].insert_many(_documents(number), ordered=False),
            6,
        ),
        Pair(
            "the same 1,000 again",
            lambda _: store.keep_records("bench", _batch(0)),
            lambda _: database["bare"].bulk_write(
                [UpdateOne({"_id": each["_id"]}, {"$set": each}, upsert=True) for each in _documents(0)], ordered=False
            ),
            6,
        ),
        Pair(
            "a run: queued, claimed, finished",
            lambda _: _whole_run(store),
            lambda number: _bare_run(database["bare_runs"], number),
            60,
        ),
    ]


def _batch(number: int) -> list[NewRecord]:
    return [record(each) for each in range(number * BATCH, (number + 1) * BATCH)]


def _documents(number: int) -> list[dict[str, Any]]:
    return [new_document(each, 0, None) for each in _batch(number)]


def _whole_run(store: Store) -> None:
    run = store.queue_run(NewRun(application="collect/bench"))
    claimed = store.claim_run("bench", [], 60.0)
    assert claimed
    store.finish_run(run.id, claimed.attempt, Outcome(state="succeeded"))


def _bare_run(runs: Any, number: int) -> None:
    runs.insert_one({"_id": number, "state": "queued", "application": "collect/bench"})
    claim = {"$set": {"state": "running"}, "$inc": {"attempt": 1}}
    claimed = runs.find_one_and_update({"state": "queued"}, claim, return_document=ReturnDocument.AFTER)
    runs.update_one({"_id": claimed["_id"], "attempt": 1}, {"$set": {"state": "succeeded"}})


def rounds(found: list[Pair], count: int) -> Iterator[dict[str, tuple[float, float]]]:
    """Microseconds of wall for one operation of each pair, ours and bare; who is first changes each round."""
    for number in range(count):
        done = {}
        for pair in found:
            works = [pair.ours, pair.bare]
            order = works if number % 2 else works[::-1]
            spent = {work: _microseconds(work, number * pair.times, pair.times) for work in order}
            done[pair.name] = (spent[pair.ours], spent[pair.bare])
        say(f"  round {number + 1} of {count}")
        yield done


def _microseconds(work: Work, first: int, times: int) -> float:
    begun = time.perf_counter()
    for number in range(first, first + times):
        work(number)
    return (time.perf_counter() - begun) / times * 1e6


def measured(args: Namespace) -> list[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = stack.enter_context(mongod(folder)) + "/bench"
        store = stack.enter_context(closing(open_store(address)))
        fill(store, 0, args.records)
        client: MongoClient[dict[str, Any]] = stack.enter_context(MongoClient(address))
        found = pairs(store, client.get_default_database(), args.records)
        turns = list(rounds(found, args.rounds))
    figures = []
    for pair in found:
        ours, bare = zip(*(each[pair.name] for each in turns), strict=True)
        ratios = (other / own for own, other in zip(ours, bare, strict=True))
        figures += [figure(f"speed/{pair.name}", "", ratios), figure(f"ours/{pair.name}", "µs", ours)]
        figures.append(figure(f"bare/{pair.name}", "µs", bare))
    return figures


def report(figures: list[Figure]) -> None:
    by_name = {each.name: each for each in figures}
    names = [each.name.removeprefix("speed/") for each in figures if each.name.startswith("speed/")]
    rows = [
        [name, *(short(by_name[f"{kind}/{name}"].median) for kind in ("ours", "bare")), by_name[f"speed/{name}"]]
        for name in names
    ]
    say("\n" + table(["operation", "gleaner µs", "bare pymongo µs", "gleaner is as fast, times"], rows))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--records", type=int, default=100_000)
    args = parser.parse_args()
    figures = measured(args)
    report(figures)
    finish(args, figures)


if __name__ == "__main__":
    main()
