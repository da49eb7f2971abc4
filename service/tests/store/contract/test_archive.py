"""Exports: a store's content as lines, and back into a store of either kind."""

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bson import json_util

from gleaner.errors import InputError
from gleaner.store import open_store
from gleaner.store.archive import export_store, import_store
from gleaner.store.model import NewRecord, Outcome, RunFilter, SourceState
from gleaner.store.protocol import Store
from making import new_record, new_run, records

FIELDS = {
    "text": "\0 🌋 $a",
    "whole": 2.0,
    "zero": -0.0,
    "huge": 1e300,
    "one": 1,
    "big": 2**63 - 1,
    "yes": True,
    "no": None,
}


@pytest.fixture(params=["sqlite", "mongo"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A second empty store, of each kind in turn."""
    if request.param == "sqlite":
        address = f"sqlite:{tmp_path / 'other.db'}"
    else:
        request.getfixturevalue("mongo_address")
        address = request.getfixturevalue("mongod").address("gleaner_other")
    store = open_store(address)
    yield store
    store.close()
    if request.param == "mongo":
        request.getfixturevalue("mongo_client").drop_database("gleaner_other")


@pytest.fixture
def filled(store: Store) -> Store:
    return fill(store)


def fill(store: Store) -> Store:
    """Two sources, one record gone, two ended runs and a waiting one."""
    store.keep_records("quakes", [NewRecord('"a"', '{"id":18446744073709551617}', bytes(range(16)), -5, FIELDS)], "r1")
    store.keep_records("quakes", records("bcd"), "r2")
    store.mark_gone("quakes", ["c"], "r3")
    store.keep_records("volcanoes", [new_record("x")])
    store.save_source_state("quakes", SourceState(cursor='"2024"', received=4, complete_at=7))
    for state in ("suspect", "failed"):
        store.queue_run(new_run(parameters={"n": 2**70, "s": "\ud800"}, due_at=len(state)))
        store.finish_run(store.claim_run("w", [], 30).id, 1, Outcome(state=state, reason="…", result={"a.b": 1.0}))
    store.queue_run(new_run())
    return store


def content(store: Store) -> dict[str, object]:
    """All that an export holds."""
    sources = store.list_sources()
    return {
        "states": {source: store.source_state(source) for source in sources},
        "records": {source: [one for batch in store.iter_records(source) for one in batch] for source in sources},
        "counts": {source: store.count_records(source) for source in sources},
        "runs": store.list_runs(RunFilter(states=("suspect", "failed"))),
    }


def exported(store: Store) -> str:
    out = io.StringIO()
    export_store(store, out)
    return out.getvalue()


def test_it_works(filled: Store, other: Store) -> None:
    """What is exported from one store and imported into another is the same there."""
    out = io.StringIO()
    assert export_store(filled, out) == {"sources": 2, "records": 5, "runs": 2}
    assert import_store(other, io.StringIO(out.getvalue())) == {"sources": 1, "records": 5, "runs": 2}
    assert content(other) == content(filled)
    assert repr(other.get_record("quakes", '"a"').fields) == repr(filled.get_record("quakes", '"a"').fields)
    assert other.queue_length() == 0


def test_again(filled: Store) -> None:
    """Importing what is there already changes nothing."""
    before = content(filled)
    assert import_store(filled, io.StringIO(exported(filled))) == {"sources": 0, "records": 0, "runs": 0}
    assert content(filled) == before


def test_later_wins(filled: Store) -> None:
    """A record that changed, went or came back after the export stays; one that the store lacks is added."""
    old = exported(filled)
    moment = filled.now()
    while filled.now() == moment:
        pass
    filled.keep_records("quakes", [new_record("b", version=2), new_record("c"), new_record("e")])
    filled.mark_gone("quakes", ["d"])
    filled.save_source_state("quakes", SourceState(cursor='"2025"'))
    before = content(filled)
    assert import_store(filled, io.StringIO(old)) == {"sources": 0, "records": 0, "runs": 0}
    assert content(filled) == before


def test_earlier_is_brought_up_to_date(filled: Store, other: Store) -> None:
    """A record of which the export knows something later becomes as it is there, and is counted as it is then."""
    import_store(other, io.StringIO(exported(filled)))
    moment = max(filled.now(), other.now())
    while filled.now() <= moment:
        pass
    filled.keep_records("quakes", [new_record("b", version=2), new_record("c")])
    filled.mark_gone("quakes", ["d"])
    assert import_store(other, io.StringIO(exported(filled)))["records"] == 3
    assert content(other) == content(filled)


def test_extended_json(filled: Store) -> None:
    """Every line is MongoDB Extended JSON that the driver reads, with the types that it stands for."""
    lines = [json_util.loads(line) for line in exported(filled).splitlines()]
    assert [line["kind"] for line in lines] == ["header", *["source"] * 2, *["record"] * 5, *["run"] * 2, "end"]
    assert lines[0]["format"] == 1
    record = lines[3]
    assert (record["source"], record["key"], record["hash"]) == ("quakes", '"a"', bytes(range(16)))
    assert repr({**record["fields"], "one": int(record["fields"]["one"]), "big": int(record["fields"]["big"])}) == repr(
        FIELDS
    )


def test_empty(store: Store, other: Store) -> None:
    """An empty store has an export too."""
    assert import_store(other, io.StringIO(exported(store))) == {"sources": 0, "records": 0, "runs": 0}


def test_progress(filled: Store) -> None:
    """Whoever waits is told how many lines are done."""
    told: list[int] = []
    export_store(filled, io.StringIO(), on_progress=told.append)
    assert told == [9]
    import_store(filled, io.StringIO(exported(filled)), on_progress=told.append)
    assert told == [9, 9]


def resealed(lines: list[str]) -> str:
    """With a right checksum: what somebody makes who changes a file on purpose."""
    end = json.loads(lines[-1])
    end["sha256"] = hashlib.sha256("".join(lines[:-1]).encode()).hexdigest()
    return "".join([*lines[:-1], json.dumps(end) + "\n"])


DAMAGES: dict[str, tuple[Callable[[list[str]], str], str]] = {
    "empty": (lambda lines: "", "cut off"),
    "no end": (lambda lines: "".join(lines[:-1]), "cut off"),
    "cut line": (lambda lines: "".join(lines)[:-30], "line 11"),
    "cut in the middle": (lambda lines: "".join(lines[:4]) + lines[4][:20], "line 5"),
    "missing line": (lambda lines: "".join(lines[:3] + lines[4:]), "checksum"),
    "line twice": (lambda lines: "".join(lines[:4] + lines[3:]), "checksum"),
    "other order": (lambda lines: "".join([*lines[:4], lines[5], lines[4], *lines[6:]]), "checksum"),
    "changed value": (lambda lines: "".join(lines).replace("quakes", "quokka"), "checksum"),
    "more behind": (lambda lines: "".join(lines) + lines[3], "behind its end"),
    "not ASCII": (lambda lines: "".join(lines).replace("quakes", "quäkes"), "other bytes"),
    "no export": (lambda lines: '{"hello":"world"}\n', "line 1"),
    "no header": (lambda lines: resealed(lines[1:]), "no header"),
    "newer": (lambda lines: resealed([lines[0].replace('"1"', '"2"'), *lines[1:]]), "newer Gleaner"),
    "other kind": (lambda lines: resealed([line.replace('"kind":"run"', '"kind":"walk"') for line in lines]), "walk"),
    "bad name": (lambda lines: resealed([line.replace('"volcanoes"', '"a.$b"') for line in lines]), "name of a source"),
    "bad value": (lambda lines: resealed([line.replace('"first_seen"', '"x"') for line in lines]), "line 4"),
    "bad run": (lambda lines: resealed([line.replace('"failed"', '"dreaming"') for line in lines]), "dreaming"),
    "active run": (lambda lines: resealed([line.replace('"failed"', '"queued"') for line in lines]), "not ended"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged(sqlite_store: Store, tmp_path: Path, name: str) -> None:
    """A file that is cut off, changed or not right is refused with the reason before anything is touched."""
    damage, words = DAMAGES[name]
    target = open_store(f"sqlite:{tmp_path / 'target.db'}")
    damaged = tmp_path / "damaged"
    damaged.write_text(damage(exported(fill(sqlite_store)).splitlines(keepends=True)), encoding="utf-8")

    with (
        damaged.open(encoding="ascii" if name == "not ASCII" else "utf-8") as lines,
        pytest.raises(InputError) as refused,
    ):
        import_store(target, lines)

    assert words in str(refused.value)
    assert content(target) == {"states": {}, "records": {}, "counts": {}, "runs": []}
    target.close()


def test_a_pipe(store: Store) -> None:
    """What cannot be read twice is refused."""

    class Pipe(io.StringIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(InputError, match="from a file"):
        import_store(store, Pipe(""))
