"""Green must mean right: deletes, shrinking, changed declarations, children."""

from typing import Any, ClassVar

import pytest

from collecting.loopback import Api, Asked, Collecting, FastClock, ListLog, Reply
from gleaner.collecting.failures import CollectFailed
from gleaner.errors import InputError, Parked
from gleaner.store.protocol import Store

MARK: dict[str, Any] = {"key": "id", "deletes": "mark"}


@pytest.fixture
def on_both(api: Api, store: Store, log: ListLog, fast: FastClock) -> Collecting:
    return Collecting(api, store, log, fast)


def gone(collecting: Collecting) -> set[str]:
    return {key for key, record in collecting.stored().items() if record.gone_at is not None}


def offer(collecting: Collecting, *ids: Any) -> None:
    collecting.api.answer = lambda _: [{"id": one} for one in ids]


class TestDeletes:
    """`deletes: mark`."""

    def test_gone_and_back(self, on_both: Collecting) -> None:
        """What a complete collection did not see is marked gone, and is no longer when it is back."""
        offer(on_both, 1, 2, "ü", "", 10)
        on_both(**MARK)
        offer(on_both, 1, "ü", 10)
        assert on_both(**MARK).result["records"]["gone"] == 2
        assert gone(on_both) == {"2", '""'}
        offer(on_both, 1, 2, "ü", 10)
        on_both(**MARK)
        assert gone(on_both) == {'""'}

    def test_ignored_by_default(self, collecting: Collecting) -> None:
        """Without `deletes: mark` nothing is ever gone."""
        offer(collecting, 1, 2)
        collecting(key="id")
        offer(collecting, 1)
        collecting(key="id")
        assert gone(collecting) == set()

    def test_not_after_an_incomplete_collection(self, collecting: Collecting) -> None:
        """A run in doubt, with a rejected record or stopped at a limit says nothing about what is gone."""
        offer(collecting, 1, 2)
        collecting(**MARK)
        collecting.api.answer = lambda _: [{"id": 1}, {}]
        collecting(**MARK, allow_bad=5)
        collecting.api.answer = lambda asked: [{"id": int(asked.query["p"]) + 5}]
        collecting(**MARK, pages={"kind": "page", "param": "p", "limit": 1, "on_limit": "accept"})
        assert gone(collecting) == set()
        assert "not marked as gone: the collection is not complete" in collecting.log.text

    def test_not_after_an_incremental_one(self, collecting: Collecting) -> None:
        """A collection from a cursor sees only a part; a full one marks."""
        declared = MARK | {"cursor": {"field": "id", "type": "integer"}, "params": {"since": "${cursor}"}}
        offer(collecting, 1, 2)
        collecting(**declared)
        offer(collecting, 2)
        collecting(**declared)
        assert gone(collecting) == set()
        collecting(**declared, full=True)
        assert gone(collecting) == {"1"}

    def test_mass_change(self, collecting: Collecting) -> None:
        """More than the limit at once is suspect and marks nothing, unless confirmed."""
        offer(collecting, *range(100))
        collecting(**MARK)
        offer(collecting, *range(79))
        outcome = collecting(**MARK)
        assert "21 of 100 records are gone, more than delete_limit allows (20%)" in outcome.reason
        assert gone(collecting) == set()
        outcome = collecting(**MARK, confirm_deletes=True)
        assert (outcome.state, outcome.result["records"]["gone"]) == ("succeeded", 21)

    def test_few_are_fine(self, collecting: Collecting) -> None:
        """Up to ten records may go, whatever their share."""
        offer(collecting, *range(11))
        collecting(**MARK)
        offer(collecting, 0)
        outcome = collecting(**MARK, shrink_limit=0)
        assert (outcome.state, outcome.result["records"]["gone"]) == ("succeeded", 10)


class TestShrinking:
    """`shrink_limit`."""

    def test_far_fewer(self, collecting: Collecting) -> None:
        """A full collection with far fewer records than the last one is suspect, each time, until it is confirmed."""
        offer(collecting, *range(40))
        collecting(key="id")
        offer(collecting, *range(19))
        for _ in range(2):
            assert "19 records were received, 40 last time (shrink_limit: 50%)" in collecting(key="id").reason
        assert collecting(key="id", confirm_deletes=True).state == "succeeded"
        assert collecting(key="id").state == "succeeded"

    def test_not_from_a_cursor(self, collecting: Collecting) -> None:
        """An incremental collection may be as small as it likes."""
        declared = {"key": "id", "cursor": {"field": "id", "type": "integer"}, "params": {"since": "${cursor}"}}
        offer(collecting, *range(40))
        collecting(**declared)
        offer(collecting, 39)
        assert collecting(**declared).state == "succeeded"


class TestDeclarationChanges:
    """Fields and keys that are declared anew."""

    def test_fields_are_computed_anew(self, on_both: Collecting) -> None:
        """Stored records get the new columns from their bodies, gone ones too, before anything is asked."""
        on_both.api.answer = lambda _: [{"id": 1, "v": 5}, {"id": 2, "v": 6}]
        on_both(**MARK, fields={"v": "v"})
        on_both.api.answer = lambda _: [{"id": 1, "v": 5}]
        on_both(**MARK, fields={"v": "v"})
        on_both.api.answer = lambda _: Reply(status=400)
        with pytest.raises(CollectFailed):
            on_both(**MARK, fields={"w": {"path": "v", "type": "integer"}})
        assert {key: record.fields for key, record in on_both.stored().items()} == {"1": {"w": 5}, "2": {"w": 6}}
        assert gone(on_both) == {"2"}
        assert "computed the fields of 2 stored records anew" in on_both.log.text
        on_both.api.answer = lambda _: [{"id": 1, "v": 5}]
        assert on_both(key="id", fields={"w": {"path": "v", "type": "integer"}}).result["records"]["unchanged"] == 1

    def test_another_key(self, collecting: Collecting) -> None:
        """A changed key is refused while there are records: they would all be stored twice."""
        collecting.api.answer = lambda _: [{"id": 1, "name": "a"}]
        collecting(key="id")
        with pytest.raises(InputError, match="rename the source to collect into a new one"):
            collecting(key="name")
        assert len(collecting.api.asked) == 1

    def test_another_key_without_records(self, collecting: Collecting) -> None:
        """Without records it is fine."""
        collecting.api.answer = lambda _: []
        collecting(key="id")
        assert collecting(key="name").state == "succeeded"


class TestChildren:
    """`for_each`."""

    DECLARED: ClassVar[Any] = {
        "path": "/repos/${parent.owner.name}/tags",
        "for_each": {"source": "parents"},
        "key": "tag",
    }

    def with_parents(self, collecting: Collecting, *names: str) -> None:
        collecting.api.answer = lambda _: [{"id": n, "owner": {"name": name}} for n, name in enumerate(names)]
        collecting(name="parents", key="id")
        collecting.api.asked.clear()

    @pytest.mark.parametrize("concurrency", [1, 4])
    def test_each_parent(self, collecting: Collecting, concurrency: int) -> None:
        """The source is asked for each parent; a child's key holds its parent's, and so does a field."""
        self.with_parents(collecting, "a", "b", "c")
        collecting.api.answer = lambda asked: [{"tag": "v1", "of": asked.path}]
        declared = self.DECLARED | {"for_each": {"source": "parents", "concurrency": concurrency}}
        assert collecting(**declared).result["records"]["new"] == 3
        stored = collecting.stored()
        assert set(stored) == {'[0,"v1"]', '[1,"v1"]', '[2,"v1"]'}
        assert stored['[1,"v1"]'].fields["parent"] == "1"
        assert stored['[1,"v1"]'].body == '{"of":"/repos/b/tags","tag":"v1"}'

    def test_values_stay_in_their_place(self, collecting: Collecting) -> None:
        """A parent's value cannot change the path around it."""
        self.with_parents(collecting, "a/../../b?x=1#y", "..")
        collecting.api.answer = lambda _: []
        outcome = collecting(**self.DECLARED)
        assert "1 of 2 parents failed: 1: the value '..' of ${parent.owner.name} would change" in outcome.reason
        assert [asked.path for asked in collecting.api.asked] == ["/repos/a%2F..%2F..%2Fb%3Fx%3D1%23y/tags"]

    def test_one_fails(self, collecting: Collecting) -> None:
        """Others go on when one fails; the run is suspect and says how many."""
        self.with_parents(collecting, "a", "b", "c")
        collecting.api.answer = lambda asked: Reply(status=403) if "/b/" in asked.path else [{"tag": 1}]
        outcome = collecting(**self.DECLARED)
        assert outcome.state == "suspect"
        assert outcome.reason.startswith("1 of 3 parents failed: 1: GET")
        assert len(collecting.stored()) == 2

    def test_all_fail(self, collecting: Collecting) -> None:
        """When all fail, so does the run."""
        self.with_parents(collecting, "a", "b")
        collecting.api.answer = lambda _: Reply(status=403)
        with pytest.raises(CollectFailed, match="2 of 2 parents failed"):
            collecting(**self.DECLARED)

    def test_skipped(self, collecting: Collecting) -> None:
        """A child that is not there can be skipped; what it had is gone then."""
        self.with_parents(collecting, "a", "b")
        declared = self.DECLARED | {"deletes": "mark", "errors": [{"status": 404, "then": "skip"}]}
        collecting.api.answer = lambda _: [{"tag": 1}]
        collecting(**declared)
        collecting.api.answer = lambda asked: Reply(status=404) if "/b/" in asked.path else [{"tag": 1}]
        outcome = collecting(**declared)
        assert (outcome.state, gone(collecting)) == ("succeeded", {"[1,1]"})

    def test_parked(self, collecting: Collecting) -> None:
        """When the API wants to be left alone, the whole run steps aside."""
        self.with_parents(collecting, "a", "b", "c")
        collecting.api.answer = lambda _: Reply(status=429, headers={"Retry-After": "600"})
        with pytest.raises(Parked):
            collecting(**self.DECLARED)

    def test_parents_not_collected(self, collecting: Collecting) -> None:
        """Parents that were never collected are an error in plain words."""
        with pytest.raises(InputError, match="the source parents has not been collected yet"):
            collecting(**self.DECLARED)

    def test_no_parents(self, collecting: Collecting) -> None:
        """No parents, no requests, no failure."""
        self.with_parents(collecting)
        assert collecting(**self.DECLARED).state == "succeeded"
        assert collecting.api.asked == []

    def test_doubts_name_the_parent(self, collecting: Collecting) -> None:
        """A stalled child makes the run suspect with the parent's key; the others are whole."""
        self.with_parents(collecting, "a", "b")

        def answer(asked: Asked) -> Any:
            page = int(asked.query["p"])
            return [{"tag": 1 if "/b/" in asked.path else page}] if page < 4 else []

        collecting.api.answer = answer
        outcome = collecting(**self.DECLARED, pages={"kind": "page", "param": "p"})
        assert outcome.reason == "parent 1: stalled at page 2: it holds the same records as page 1"
        assert len(collecting.stored()) == 4


def test_progress(collecting: Collecting) -> None:
    """Progress says how many records are done, the total if there is one, and the page."""
    collecting.api.answer = lambda asked: {"total": 4, "items": [{"id": int(asked.query["o"]) + n} for n in range(2)]}
    paging = {"kind": "offset", "param": "o", "size": 2, "stop": {"total": "total"}}
    collecting(key="id", records="items", pages=paging)
    assert collecting.log.steps == [(2, 4, "page 1"), (4, 4, "page 2")]


def test_indexes(collecting: Collecting) -> None:
    """After the first load the declared fields are indexed, so that tables sort quickly."""
    made: list[dict[str, bool]] = []
    index_fields = collecting.store.index_fields
    collecting.store.index_fields = lambda name, fields: (made.append(dict(fields)), index_fields(name, fields))[1]  # type: ignore[method-assign]
    offer(collecting, 1)
    collecting(key="id", fields={"a": "a", "b": {"path": "b", "index": False}})
    assert made == [{"a": True, "b": False}]
