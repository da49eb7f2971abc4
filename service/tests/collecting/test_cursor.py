"""Cursors: nothing lost, nothing doubled, and sent back in the source's own form."""

import time
from datetime import datetime
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collecting.loopback import Asked, Collecting, Reply
from gleaner.catalog.model import Cursor
from gleaner.catalog.times import parse_time
from gleaner.collecting.cursor import sent_value
from gleaner.collecting.failures import CollectFailed
from gleaner.collecting.moment import write_like
from gleaner.store.model import Run
from gleaner.store.protocol import Superseded

BY_TIME: dict[str, Any] = {"key": "id", "cursor": {"field": "at"}, "params": {"since": "${cursor}"}}
T = "2024-05-01T10:00:00Z"


def since(collecting: Collecting) -> list[str | None]:
    return [asked.query.get("since") for asked in collecting.api.asked]


def saved(collecting: Collecting) -> str | None:
    return collecting.store.source_state("things").cursor


class TestCase8:
    """Equal timestamps."""

    def test_late_arrival(self, collecting: Collecting) -> None:
        """A record that appears later at the same timestamp is collected; the first one is not doubled."""
        items = [{"id": "a", "at": T}]
        collecting.api.answer = lambda asked: [one for one in items if one["at"] >= asked.query.get("since", "")]
        collecting(**BY_TIME)
        items.append({"id": "b", "at": T})
        outcome = collecting(**BY_TIME)
        assert list(collecting.stored()) == ['"a"', '"b"']
        assert outcome.result["records"] | {"new": 1, "unchanged": 1} == outcome.result["records"]

    def test_everything_at_once(self, collecting: Collecting) -> None:
        """A bulk update at one timestamp is read again each time and rewritten never."""
        collecting.api.answer = lambda _: [{"id": n, "at": T} for n in range(50)]
        collecting(**BY_TIME)
        assert collecting(**BY_TIME).result["records"]["unchanged"] == 50


def test_first_run(collecting: Collecting) -> None:
    """Without a cursor the parameter is left out, or has the start value."""
    collecting(**BY_TIME)
    collecting(**BY_TIME | {"cursor": {"field": "at", "start": "2020-01-01T00:00Z"}})
    assert since(collecting) == [None, "2020-01-01T00:00Z"]


def test_saved_and_sent(collecting: Collecting) -> None:
    """The greatest value is saved and sent less the lookback; an answer without records leaves it."""
    collecting.api.answer = lambda _: [{"id": 1, "at": T}, {"id": 2, "at": "2024-05-01T09:00:00Z"}]
    outcome = collecting(**BY_TIME)
    assert (saved(collecting), outcome.result["cursor"]) == (f'"{T}"', T)
    collecting.api.answer = lambda _: []
    collecting(**BY_TIME | {"cursor": {"field": "at", "lookback": "1h"}})
    assert since(collecting) == [None, "2024-05-01T09:00:00Z"]
    assert saved(collecting) == f'"{T}"'


def test_full(collecting: Collecting) -> None:
    """A full collection ignores the cursor."""
    collecting.api.answer = lambda _: [{"id": 1, "at": T}]
    collecting(**BY_TIME)
    collecting(**BY_TIME, full=True)
    assert since(collecting) == [None, None]


def test_never_back(collecting: Collecting) -> None:
    """Records that are older than the cursor do not move it back."""
    collecting.api.answer = lambda _: [{"id": 1, "at": T}]
    collecting(**BY_TIME)
    collecting.api.answer = lambda _: [{"id": 1, "at": "2023-01-01T00:00:00Z"}]
    collecting(**BY_TIME)
    assert saved(collecting) == f'"{T}"'


class TestCase9:
    """Time zones and forms."""

    def test_instants(self, collecting: Collecting) -> None:
        """Instants are compared, not texts."""
        collecting.api.answer = lambda _: [
            {"id": 1, "at": "2024-05-01T10:00:00Z"},
            {"id": 2, "at": "2024-05-01T12:00:00+09:00"},
        ]
        collecting(**BY_TIME)
        assert saved(collecting) == '"2024-05-01T10:00:00Z"'

    @pytest.mark.parametrize(
        ("stored", "sent"),
        [
            ("2024-05-01T10:00:00Z", "2024-05-01T09:59:59Z"),
            ("2024-05-01T10:00:00.5Z", "2024-05-01T09:59:59.5Z"),
            ("2024-05-01T10:00:00.123456Z", "2024-05-01T09:59:59.123456Z"),
            ("2024-05-01T00:00:00+09:00", "2024-04-30T23:59:59+09:00"),
            ("2024-05-01 10:00:00 UTC", "2024-05-01 09:59:59 UTC"),
            ("2024-05-01T10:00+0200", "2024-05-01T09:59+0200"),
            ("2024-05-01", "2024-04-30"),
            ("20240501", "20240430"),
            ("20240501T100000Z", "20240501T095959Z"),
            (1714557600, 1714557599),
            (1714557600.25, 1714557599.25),
            (1714557600123, 1714557599123),
            ("1714557600", "1714557599"),
            ("1714557600123", "1714557599123"),
        ],
    )
    def test_own_form(self, stored: str | float, sent: str | float) -> None:
        """What is sent has the offset, precision and unit of what came, and is never later than the lookback says."""
        assert sent_value(Cursor(field="at", zone="UTC"), stored) == sent

    def test_naive_in_a_zone(self) -> None:
        """A time without an offset is moved on the wall clock of its zone, through a change of the clocks too."""
        cursor = Cursor(field="at", zone="Europe/Berlin", lookback=3600)  # type: ignore[arg-type]
        assert sent_value(cursor, "2024-03-31T03:30:00") == "2024-03-31T01:30:00"

    def test_naive_without_a_zone(self, collecting: Collecting) -> None:
        """A time without an offset needs a declared zone: without one it is no cursor, and the run is suspect."""
        collecting.api.answer = lambda _: [{"id": 1, "at": "2024-05-01T10:00:00"}]
        outcome = collecting(**BY_TIME)
        assert "1 of 1 records have no usable cursor ('2024-05-01T10:00:00' has no offset" in outcome.reason
        assert saved(collecting) is None
        assert len(collecting.stored()) == 1

    @given(
        st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2060, 1, 1)),  # noqa: DTZ001 (offset below)
        st.sampled_from(["Z", "+00:00", "+05:30", "-0800"]),
        st.integers(0, 10**9),
        st.sampled_from(["seconds", "milliseconds", "microseconds"]),
    )
    def test_any_time(self, wall: datetime, zone: str, back: int, precision: str) -> None:
        """Writing a moment like another one gives that moment, in the same form."""
        model = wall.isoformat(timespec=precision) + zone
        target = parse_time(model) - back
        written = str(write_like(model, target))
        assert len(written) == len(model)
        assert 0 <= target - parse_time(written) < 1000

    @given(st.integers(10**9, 10**10), st.integers(0, 10**9), st.sampled_from([1, 1000]))
    def test_any_number(self, seconds: int, back: int, unit: int) -> None:
        """The same for numbers."""
        model = seconds * unit
        target = parse_time(model) - back
        if target * unit >= 10**14 or unit == 1:
            assert 0 <= target - parse_time(write_like(model, target)) < 1000


class TestOtherTypes:
    """Integers and texts."""

    def test_integer(self, collecting: Collecting) -> None:
        """An integer is sent less one, so that nothing at the same value is lost."""
        collecting.api.answer = lambda _: [{"id": 9}, {"id": 10}]
        declared = {"key": "id", "cursor": {"field": "id", "type": "integer"}, "params": {"since": "${cursor}"}}
        collecting(**declared)
        collecting(**declared)
        assert since(collecting) == [None, "9"]
        assert saved(collecting) == "10"

    def test_text(self, collecting: Collecting) -> None:
        """A text is sent as it is; the greatest by code point counts."""
        collecting.api.answer = lambda _: [{"id": "b"}, {"id": "é"}, {"id": "a"}]
        declared = {"key": "id", "cursor": {"field": "id", "type": "text"}, "params": {"since": "${cursor}"}}
        collecting(**declared)
        collecting(**declared)
        assert since(collecting) == [None, "é"]

    def test_in_a_body(self, collecting: Collecting) -> None:
        """In a posted body a cursor alone keeps its type."""
        collecting.api.answer = lambda _: [{"id": 5}]
        declared: dict[str, Any] = {"method": "POST", "body": {"filter": {"gte": "${cursor}"}}}
        declared |= {"key": "id", "cursor": {"field": "id", "type": "integer", "lookback": 0}}
        collecting(**declared)
        collecting(**declared)
        assert [asked.json for asked in collecting.api.asked] == [{"filter": {}}, {"filter": {"gte": 5}}]


class TestNotMoved:
    """When the cursor stays where it was."""

    def test_suspect(self, collecting: Collecting) -> None:
        """A suspect run stores what is good and leaves the cursor."""
        collecting.api.answer = lambda _: [{"id": 1, "at": T}, {"at": T}]
        assert collecting(**BY_TIME).state == "suspect"
        assert saved(collecting) is None

    def test_missing(self, collecting: Collecting) -> None:
        """Records without the cursor are counted; more than allowed make the run suspect."""
        collecting.api.answer = lambda _: [{"id": 1, "at": T}, {"id": 2}]
        assert "1 of 2 records have no usable cursor" in collecting(**BY_TIME).reason
        assert collecting(**BY_TIME, allow_bad=1).state == "succeeded"
        assert saved(collecting) == f'"{T}"'

    def test_failed(self, collecting: Collecting) -> None:
        """A run that fails on a later page leaves the cursor."""
        collecting.api.answer = lambda asked: [{"id": 1, "at": T}] if asked.query["p"] == "1" else Reply(status=400)
        with pytest.raises(CollectFailed):
            collecting(**BY_TIME, pages={"kind": "page", "param": "p"})
        assert saved(collecting) is None

    def test_superseded(self, collecting: Collecting, running_run: Run) -> None:
        """A run that is no longer held by this attempt cannot move the cursor."""
        collecting(**BY_TIME)
        collecting.store.return_run(running_run.id, running_run.attempt, reason="lost")
        collecting.api.answer = lambda _: [{"id": 1, "at": T}]
        with pytest.raises(Superseded):
            collecting(**BY_TIME, run=running_run)
        assert saved(collecting) is None


def test_far_future(collecting: Collecting) -> None:
    """One record from the far future does not hide what comes before it: the cursor stops at the run's start."""
    times = ("2024-05-01T10:00:00+02:00", "9999-01-01T00:00:00+02:00")
    collecting.api.answer = lambda _: [{"id": at, "at": at} for at in times]
    assert collecting(**BY_TIME).state == "succeeded"
    value = collecting.store.source_state("things").cursor
    assert value
    assert value.endswith('+02:00"')
    assert abs(parse_time(value.strip('"')) / 1000 - time.time()) < 60


class TestAscending:
    """`order: ascending`."""

    DECLARED: ClassVar[Any] = BY_TIME | {
        "cursor": {"field": "at", "order": "ascending"},
        "pages": {"kind": "page", "param": "p"},
    }

    def test_kept_by_a_run_that_fails(self, collecting: Collecting) -> None:
        """The cursor is saved after each page, once its records are stored."""
        at = {"1": "2024-01-01T00:00:00Z", "2": "2024-01-02T00:00:00Z"}
        collecting.api.answer = lambda asked: (
            [{"id": asked.query["p"], "at": at[asked.query["p"]]}] if asked.query["p"] in at else Reply(status=400)
        )
        with pytest.raises(CollectFailed):
            collecting(**self.DECLARED)
        assert saved(collecting) == '"2024-01-02T00:00:00Z"'

    def test_not_while_in_doubt(self, collecting: Collecting) -> None:
        """Once a record could not be kept, the cursor is saved no further."""
        page = [{"id": 1, "at": T}, {"at": T}]
        collecting.api.answer = lambda asked: page if asked.query["p"] == "1" else Reply(status=400)
        with pytest.raises(CollectFailed):
            collecting(**self.DECLARED)
        assert saved(collecting) is None

    def test_not_in_order(self, collecting: Collecting) -> None:
        """Records out of order make the run suspect, and the cursor is saved no further."""
        pages = {"1": "2024-01-01T00:00:00Z", "2": "2024-01-09T00:00:00Z", "3": "2024-01-05T00:00:00Z"}

        def answer(asked: Asked) -> Any:
            page = asked.query["p"]
            return [{"id": page, "at": pages[page]}] if page in pages else []

        collecting.api.answer = answer
        outcome = collecting(**self.DECLARED)
        assert "not in ascending order" in outcome.reason
        assert saved(collecting) == '"2024-01-09T00:00:00Z"'
