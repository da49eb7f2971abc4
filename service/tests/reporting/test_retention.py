from hypothesis import given
from hypothesis import strategies as st

from gleaner.reporting.retention import DAY, Entry, Rules, lasting, newest_first, plan, protected
from gleaner.reporting.volume import Volume

NOW = 1_000 * DAY
AMPLE = Volume(size=10**9, free=10**9)
WEEK = Rules(max_age=7 * DAY, max_bytes=1000, min_free=0.1, min_keep=1)


def entry(name: str, days_old: float, size: int = 100, *, complete: bool = True, number: int | None = None) -> Entry:
    """A report that was made so many days ago; its number says so too unless another one is given."""
    created = NOW - round(days_old * DAY)
    order = created // 1000 if number is None else number
    return Entry(
        id=f"{name}.{created}.{order}",
        name=name,
        created=created,
        number=order,
        bytes=size,
        inodes=3,
        complete=complete,
    )


def planned(
    entries: list[Entry],
    rules: Rules = WEEK,
    volume: Volume = AMPLE,
    *,
    incoming: int = 0,
    now: int = NOW,
    aged_by: int = NOW,
) -> list[tuple[str, float, str]]:
    going = plan(entries, rules, volume, incoming=incoming, now=now, aged_by=aged_by)
    return [(deletion.name, (NOW - deletion.created) / DAY, deletion.reason) for deletion in going]


def test_age_selects_what_is_old() -> None:
    """A report goes on the day it is as old as the rule says, not before."""
    assert planned([entry("a", 0), entry("a", 6.99), entry("a", 7), entry("a", 30)]) == [
        ("a", 30, "age"),
        ("a", 7, "age"),
    ]


def test_the_newest_of_each_definition_stays() -> None:
    """However old it is, the last report of a definition is never deleted."""
    assert planned([entry("a", 100), entry("b", 200), entry("b", 300)]) == [("b", 300, "age")]


def test_several_newest_may_be_kept() -> None:
    """`min_keep` counts for each definition."""
    rules = Rules(max_age=DAY, max_bytes=1000, min_free=0, min_keep=2)
    assert planned([entry("a", 10), entry("a", 20), entry("a", 30), entry("b", 40)], rules) == [("a", 30, "age")]


def test_an_incomplete_report_does_not_count_as_newest() -> None:
    """A damaged newest report does not cost the last good one."""
    assert planned([entry("a", 8, complete=False), entry("a", 9), entry("a", 10)]) == [
        ("a", 10, "age"),
        ("a", 8, "age"),
    ]


def test_bytes_select_the_oldest_until_the_rest_fits() -> None:
    """Reports go oldest first, whatever definition they belong to, until all are within the limit."""
    entries = [entry("a", 0, 400), entry("b", 1, 300), entry("a", 2, 300), entry("b", 3, 300)]
    assert planned(entries) == [("b", 3, "bytes")]


def test_what_comes_counts_against_the_limit() -> None:
    """Room is made before anything is written."""
    entries = [entry("a", 0, 400), entry("a", 1, 300), entry("a", 2, 300)]
    assert planned(entries) == []
    assert planned(entries, incoming=1) == [("a", 2, "bytes")]
    assert planned(entries, incoming=301) == [("a", 2, "bytes"), ("a", 1, "bytes")]


def test_the_limit_is_a_share_of_the_volume_by_default() -> None:
    """Without a number of bytes, reports may take four fifths of the volume."""
    rules = Rules(max_age=0, max_bytes=None, min_free=0, min_keep=1)
    assert rules.limit(Volume(size=1000, free=1000)) == 800


def test_space_selects_the_oldest_until_the_floor_is_there() -> None:
    """While less than a tenth of the volume is free, the oldest go, even within the limit of bytes."""
    entries = [entry("a", 0, 100), entry("a", 1, 100), entry("a", 2, 100)]
    assert planned(entries, volume=Volume(size=2000, free=200)) == []
    assert planned(entries, volume=Volume(size=2000, free=150)) == [("a", 2, "space")]
    assert planned(entries, volume=Volume(size=2000, free=200), incoming=101) == [("a", 2, "space"), ("a", 1, "space")]


def test_inodes_are_space_too() -> None:
    """A volume can be full of files before it is full of bytes."""
    entries = [entry("a", 0), entry("a", 1), entry("a", 2)]
    assert planned(entries, volume=Volume(size=2000, free=2000, inodes=100, inodes_free=9)) == [("a", 2, "space")]
    assert planned(entries, volume=Volume(size=2000, free=2000, inodes=0, inodes_free=0)) == []


def test_rules_are_a_union() -> None:
    """A report goes as soon as any rule selects it, with that rule as its reason."""
    entries = [entry("a", 0, 600), entry("a", 1, 300), entry("a", 2, 300), entry("a", 8, 10)]
    assert planned(entries) == [("a", 8, "age"), ("a", 2, "bytes")]


def test_no_age_rule_keeps_the_old() -> None:
    """Age 0 switches that rule off."""
    assert planned([entry("a", 0), entry("a", 1000)], Rules(max_age=0, max_bytes=1000, min_free=0, min_keep=1)) == []


def test_the_newest_is_the_last_that_was_made() -> None:
    """Not the clock but the number says what is newest: a report dated years ahead or back takes its place in order."""
    entries = [entry("a", 1, number=3), entry("a", -3650, number=2), entry("a", 0, number=1)]
    assert protected(entries, 1) == {entries[0].id}
    assert protected(entries[1:], 1) == {entries[1].id}
    assert planned([entry("a", 3650, number=2), entry("a", 1, number=1)]) == []


def test_a_report_dated_in_the_future_ages_with_the_next_one() -> None:
    """It was made before the one that followed it, so it does not stay for ten years."""
    future = entry("a", -3650, number=1)
    assert planned([future, entry("a", 6, number=2), entry("a", 0, number=3)]) == []
    assert planned([future, entry("a", 7, number=2), entry("a", 0, number=3)]) == [("a", -3650, "age"), ("a", 7, "age")]


def test_what_lasts_is_what_no_rule_can_free() -> None:
    """For a new report, the newest of other definitions last; the one that it replaces does not."""
    entries = [entry("a", 0, 1), entry("a", 1, 10), entry("b", 0, 100), entry("b", 1, 1000)]
    assert lasting(entries, "a", 1) == 100
    assert lasting(entries, "a", 2) == 1101
    assert lasting(entries, "c", 1) == 101


ENTRIES = st.lists(
    st.builds(
        entry,
        st.sampled_from("abc"),
        st.integers(-20, 20),
        st.integers(0, 500),
        complete=st.booleans(),
        number=st.integers(1, 99),
    ),
    max_size=12,
    unique_by=lambda found: found.id,
)


@given(ENTRIES, st.integers(0, 3000), st.integers(1, 3), st.integers(0, 2000), st.integers(0, 1000))
def test_the_newest_stay_and_the_rest_fits(
    entries: list[Entry], limit: int, keep: int, free: int, incoming: int
) -> None:
    """Whatever there is: the newest complete reports stay, and either all fits or only those are left."""
    rules = Rules(max_age=7 * DAY, max_bytes=limit, min_free=0.1, min_keep=keep)
    volume = Volume(size=2000, free=free)
    gone = {deletion.report for deletion in plan(entries, rules, volume, incoming=incoming, now=NOW, aged_by=NOW)}
    rest = [found for found in entries if found.id not in gone]
    newest = protected(entries, keep)
    assert newest <= {found.id for found in rest}
    freed = sum(found.bytes for found in entries) - sum(found.bytes for found in rest)
    fits = sum(found.bytes for found in rest) + incoming <= limit and free + freed - incoming >= 200
    assert fits or {found.id for found in rest} == newest


@given(ENTRIES)
def test_nothing_goes_without_a_reason(entries: list[Entry]) -> None:
    """With room for all, only age selects, and a second pass finds nothing."""
    rules = Rules(max_age=7 * DAY, max_bytes=10**6, min_free=0.1, min_keep=1)
    going = plan(entries, rules, AMPLE, incoming=0, now=NOW, aged_by=NOW)
    assert all(deletion.reason == "age" for deletion in going)
    rest = [found for found in entries if found.id not in {deletion.report for deletion in going}]
    assert plan(rest, rules, AMPLE, incoming=0, now=NOW, aged_by=NOW) == []
    assert [found.id for found in newest_first(rest)] == [found.id for found in newest_first(entries) if found in rest]
