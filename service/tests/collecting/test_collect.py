"""Collecting as a whole: what is stored, counted and remembered."""

from typing import Any

import pytest

from collecting.loopback import Api, Collecting, FastClock, ListLog
from gleaner.store.protocol import Store


@pytest.fixture
def on_both(api: Api, store: Store, log: ListLog, fast: FastClock) -> Collecting:
    return Collecting(api, store, log, fast)


def test_it_works(on_both: Collecting) -> None:
    """A first collection stores every record with key, time and typed fields, on either store."""
    on_both.api.answer = lambda _: {"items": [{"id": 1, "at": "2024-01-02T03:04:05Z", "size": "2.5"}, {"id": "1"}]}
    outcome = on_both(
        records={"path": "items"}, key="id", time={"path": "at"}, fields={"size": {"path": "size", "type": "number"}}
    )
    stored = on_both.stored()
    assert (outcome.state, outcome.reason) == ("succeeded", "")
    assert outcome.result["records"] == {"new": 2, "changed": 0, "unchanged": 0, "bad": 0, "duplicates": 0, "gone": 0}
    assert set(stored) == {"1", '"1"'}
    assert stored["1"].time == 1704164645000
    assert stored["1"].fields["size"] == 2.5
    assert stored["1"].body == '{"at":"2024-01-02T03:04:05Z","id":1,"size":"2.5"}'


def test_again_unchanged(on_both: Collecting) -> None:
    """Collecting the same again writes nothing; what changed is counted as changed."""
    items: list[Any] = [{"id": n, "v": 0} for n in range(5)]
    on_both.api.answer = lambda _: items
    on_both(key="id")
    assert on_both(key="id").result["records"]["unchanged"] == 5
    items[0] = {"id": 0, "v": 1}
    records = on_both(key="id").result["records"]
    assert (records["changed"], records["unchanged"]) == (1, 4)
