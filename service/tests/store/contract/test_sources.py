"""Sources: their states, and which there are."""

import pytest

from gleaner.store.model import SourceState
from gleaner.store.protocol import Store
from making import new_record, new_run

STATE = SourceState(
    cursor='{"$date":"2024-01-01T00:00:00.000Z\\u0000"}',
    received=10**12,
    complete_at=1_700_000_000_000,
    fields_version="f1",
    key_version="k1",
)


def test_it_works(store: Store) -> None:
    """A state that was saved is there; a source without one has an empty state."""
    assert store.source_state("quakes") == SourceState()
    store.save_source_state("quakes", STATE)
    assert store.source_state("quakes") == STATE
    store.save_source_state("quakes", SourceState(cursor="2"))
    assert store.source_state("quakes") == SourceState(cursor="2")
    assert store.source_state("volcanoes") == SourceState()


def test_saved_by_a_run(store: Store) -> None:
    """The run that holds the source's slot saves its state and goes on holding it."""
    store.queue_run(new_run())
    run = store.claim_run("w", [], 30)
    store.save_source_state("quakes", STATE, run=run.id, attempt=1)
    assert store.source_state("quakes") == STATE
    assert store.renew_lease(run.id, 1, 30).cancel_requests == 0


def test_list(store: Store) -> None:
    """Sources that have records or a state are listed in order; an index alone makes none."""
    store.index_fields("only-an-index", {"mag": True})
    store.save_source_state("volcanoes", STATE)
    for source in ("quakes", "a_b", "a-b", "quakes2"):
        store.keep_records(source, [new_record("a")])
    assert store.list_sources() == ["a-b", "a_b", "quakes", "quakes2", "volcanoes"]


def test_a_source_of_gone_records(store: Store) -> None:
    """A source whose records are all gone is still one."""
    store.keep_records("quakes", [new_record("a")])
    store.mark_gone("quakes", ["a"])
    assert store.list_sources() == ["quakes"]


class TestIndexes:
    """Indexes on declared fields."""

    @pytest.fixture(autouse=True)
    def always(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("gleaner.store.sqlite.indexes.INDEX_FROM", 0)

    @pytest.mark.parametrize("filled", [False, True])
    def test_it_works(self, store: Store, filled: bool) -> None:
        """Fields are indexed as declared, before and after there are records; nothing is lost or in the way."""
        if filled:
            store.keep_records("quakes", [new_record(str(number), mag=number, Mag="x") for number in range(100)])
        for declared in ({"mag": True, "Mag": True, "place": False}, {"place": True}, {}):
            store.index_fields("quakes", declared)
            store.index_fields("quakes", declared)
            store.keep_records("quakes", [new_record("a", version=len(declared) + 2, mag=None, place=True)])
        assert store.count_records("quakes") == 100 * filled + 1

    def test_changed_values(self, store: Store) -> None:
        """A field may change its type from record to record."""
        store.index_fields("quakes", {"mag": True})
        for version, mag in enumerate((1, "text", None, True, 1e300, 2**63 - 1)):
            store.keep_records("quakes", [new_record("a", version=version, mag=mag)])
            assert store.get_record("quakes", "a").fields == {"mag": mag}
