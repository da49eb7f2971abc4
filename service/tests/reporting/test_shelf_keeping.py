"""What stays on the shelf and what goes, beside foreign files and on a real volume."""

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gleaner.reporting import publishing
from gleaner.reporting.manifest import Id, parse_id
from gleaner.reporting.shelf import About, Contents, Shelf, ShelfFull
from gleaner.reporting.volume import measure
from reporting.bench import DAY, Bench

# -- retention ---------------------------------------------------------------------------------------------


def test_old_reports_go(bench: Bench) -> None:
    """After seven days a report goes, except the newest of its definition."""
    first, other = bench.publish("a"), bench.publish("b")
    bench.later(1)
    second = bench.publish("a")
    bench.later(5)
    assert set(bench.ids()) == {first, second, other}
    bench.later(1)
    assert set(bench.ids()) == {second, other}
    bench.later(30)
    assert set(bench.ids()) == {second, other}


def test_a_dry_run_says_what_would_go_and_why(make: Callable[..., Bench]) -> None:
    """The list is the same as that of the real run, and nothing is touched, not even the folder's lock."""
    bench = make(max_bytes=5000)
    first, second = bench.publish(size=100), bench.publish(size=100)
    bench.rules["max_bytes"] = 800
    bench.shelf = bench.another()
    would = bench.shelf.retain(dry_run=True)
    assert [(deletion.report, deletion.name, deletion.reason) for deletion in would] == [(first, "a", "bytes")]
    assert bench.ids() == [second, first]
    assert bench.shelf.next_to_go().id == first
    assert bench.shelf.retain() == would
    assert bench.ids() == [second]
    assert bench.shelf.next_to_go() is None


def test_room_is_made_before_writing(make: Callable[..., Bench]) -> None:
    """The old reports are gone before the writer is called."""
    bench = make(max_bytes=4000)
    first, second = bench.publish(size=1000), bench.publish(size=1000)

    def write(folder: Path) -> Contents:
        assert sorted(path.name for path in bench.root.glob("a.*")) == [second]
        (folder / "a.csv").write_bytes(b"x" * 1000)
        return Contents(1)

    bench.shelf.publish(About(name="a", title="A"), write, estimate=1500)
    assert first not in bench.ids()


def test_a_volume_below_its_floor_is_cleared(bench: Bench) -> None:
    """When others fill the volume, old reports go; the newest of each definition do not."""
    bench.publish("a"), bench.publish("a"), bench.publish("b")
    bench.other = round(bench.size * 0.95)
    assert {deletion.reason for deletion in bench.shelf.retain()} == {"space"}
    assert sorted(report.name for report in bench.shelf.reports()) == ["a", "b"]


def test_a_clock_ten_years_ahead_deletes_nothing(bench: Bench) -> None:
    """A jump is not trusted; the shelf says so, and recovers when the clock does."""
    ids = [bench.publish(), bench.publish(), bench.publish()]
    bench.time += 3650 * DAY
    assert bench.shelf.retain() == []
    assert "3650.0 days ahead of the last look" in bench.shelf.doubt()
    bench.time += 600
    assert bench.shelf.retain() == []
    bench.time -= 3650 * DAY
    assert bench.shelf.retain() == []
    assert bench.shelf.doubt() is None
    assert bench.ids() == ids[::-1]


def test_a_clock_that_stays_ahead_is_right(bench: Bench) -> None:
    """After a long pause the age rule works again an hour later."""
    first, second = bench.publish(), bench.publish()
    bench.time += 30 * DAY
    assert bench.shelf.retain() == []
    bench.time += 3600
    assert [deletion.report for deletion in bench.shelf.retain()] == [first]
    assert bench.ids() == [second]


def test_a_report_of_a_wrong_clock_does_not_become_the_newest_for_ever(bench: Bench) -> None:
    """After a report was dated ten years ahead, the newest true one is still protected."""
    bench.time += 3650 * DAY
    wrong = bench.publish()
    bench.time -= 3650 * DAY
    right = bench.publish()
    assert bench.ids() == [right, wrong]
    bench.other = bench.size
    bench.shelf.retain()
    assert bench.ids() == [right]


@pytest.mark.parametrize("days", [1, 30, 3650])
def test_a_clock_that_goes_back_keeps_the_order(bench: Bench, days: int) -> None:
    """A report made after the clock went back is newer than the one before, and is not the one to go."""
    first = bench.publish()
    bench.time -= days * DAY
    second = bench.publish()
    assert bench.ids() == [second, first]
    bench.other = bench.size
    bench.shelf.retain()
    assert bench.ids() == [second]


def test_usage_counts_what_there_is(make: Callable[..., Bench]) -> None:
    """Reports, their bytes, what they may take, and the volume."""
    bench = make(max_bytes=5000)
    bench.publish(size=1000)
    usage = bench.shelf.usage()
    assert (usage.reports, usage.limit, usage.size) == (1, 5000, 10**9)
    assert usage.bytes == sum(path.stat().st_size for path in bench.root.glob("a.*/*"))
    assert usage.oldest == usage.newest == 1_700_000_000_000


# -- what is not ours --------------------------------------------------------------------------------------


def test_nothing_foreign_is_touched(make: Callable[..., Bench], tmp_path: Path) -> None:
    """Files, folders and links of others stay, whatever they are called, and take no part in anything."""
    bench = make(max_bytes=1500)
    own = bench.publish()
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "manifest.json").write_text("{}")
    stamp = "20200101T000000000Z.0123abcd"
    for name in ("lost+found", "A.20200101T000000000Z.0123abcd", f"a.{stamp}.bak", ".tmp-mine", ".trash-mine", "a"):
        (bench.root / name).mkdir()
        (bench.root / name / "file").write_text("x" * 5000)
    (bench.root / "notes.txt").write_text("x" * 5000)
    (bench.root / f"b.{stamp}").write_text("a file with the name of a report")
    for name in (f"c.{stamp}", f".tmp-c.{stamp}", f".trash-c.{stamp}"):
        (bench.root / name).symlink_to(precious)
    before = {path.name for path in bench.root.iterdir()} - {own}
    bench.shelf.open().close()
    bench.later(40)
    newest = bench.publish()
    assert {path.name for path in bench.root.iterdir()} - {newest} == before
    assert (precious / "manifest.json").exists()
    assert bench.ids() == [newest]


def test_links_in_a_report_are_not_followed(bench: Bench, tmp_path: Path) -> None:
    """A file that was replaced by a link makes the report incomplete, and deleting it does not reach the target."""
    old = bench.publish()
    target = tmp_path / "target"
    target.write_bytes(b"x" * 1000)
    (bench.root / old / "a.csv").unlink()
    (bench.root / old / "a.csv").symlink_to(target)
    assert bench.ids() == []
    bench.publish()
    bench.later(8)
    assert not (bench.root / old).exists()
    assert target.exists()


@pytest.mark.parametrize("harm", ["manifest", "size", "missing", "renamed"])
def test_a_damaged_report_is_not_listed(bench: Bench, harm: str) -> None:
    """A report that is not as it was published is not shown, and does not count as the newest."""
    good, bad = bench.publish(), bench.publish()
    folder = bench.root / bad
    if harm == "manifest":
        (folder / "manifest.json").write_text('{"id": 5}')
    elif harm == "size":
        (folder / "a.csv").write_text("short")
    elif harm == "missing":
        (folder / "a.csv").unlink()
    else:
        folder.rename(bench.root / bad.replace("a.", "b.", 1))
    assert bench.ids() == [good]
    bench.other = bench.size
    bench.shelf.retain()
    assert bench.ids() == [good]


def test_leftovers_of_a_crash_are_cleaned(bench: Bench) -> None:
    """Half-written and half-removed reports go when the next writer comes; a reader leaves them."""
    own = bench.publish()
    name = "a.20200101T000000000Z.0123abcd"
    for prefix in (".tmp-", ".trash-"):
        (bench.root / f"{prefix}{name}").mkdir()
        (bench.root / f"{prefix}{name}" / "a.csv").write_text("x")
    assert bench.ids() == [own]
    assert publishing.is_leftover(f".tmp-{name}")
    bench.shelf.open().close()
    assert {path.name for path in bench.root.iterdir()} == {".clock", ".lock", own}


def test_names_are_told_apart() -> None:
    """Only the exact form of a report's folder is one."""
    assert parse_id("a-b_1.20231114T221320123Z.0000002a") == Id("a-b_1", 1_700_000_000_123, 42)
    assert str(Id("a-b_1", 1_700_000_000_123, 42)) == "a-b_1.20231114T221320123Z.0000002a"
    for wrong in (
        "a.20231314T221320123Z.0123abcd",
        "a.20231114T221320123Z.0123ABCD",
        "a.b.20231114T221320123Z.0123abcd",
    ):
        assert parse_id(wrong) is None


# -- a real volume -----------------------------------------------------------------------------------------


@pytest.fixture
def small_volume(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs of 2 MB; needs the right to mount one."""
    folder = tmp_path / "volume"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m,nr_inodes=200", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_real_volume_is_measured(small_volume: Path) -> None:
    """Size, free bytes and inodes are those of the volume."""
    volume = measure(small_volume)
    assert (volume.size, volume.inodes) == (2 * 1024**2, 200)
    assert 0 < volume.free <= volume.size
    assert 0 < volume.inodes_free < 200


def test_a_real_volume_never_fills_up(small_volume: Path) -> None:
    """Many reports on a small volume: each one is published, the oldest go, the floor is kept."""
    shelf = Shelf(small_volume / "reports")

    def write(folder: Path) -> Contents:
        (folder / "a.csv").write_bytes(os.urandom(300_000))
        return Contents(1)

    for _ in range(12):
        newest = shelf.publish(About(name="a", title="A"), write, estimate=300_000).id
    assert shelf.reports()[0].id == newest
    assert 3 <= len(shelf.reports()) <= 5
    assert shelf.usage().free >= shelf.usage().size * 0.1


def test_a_real_full_disk_loses_nothing(small_volume: Path) -> None:
    """A report larger than the volume fails with a clear error, and the good one is still whole."""
    shelf = Shelf(small_volume / "reports", max_bytes=10**9)

    def write(size: int) -> Callable[[Path], Contents]:
        def inner(folder: Path) -> Contents:
            (folder / "a.csv").write_bytes(os.urandom(size))
            return Contents(1)

        return inner

    old = shelf.publish(About(name="a", title="A"), write(300_000)).id
    with pytest.raises(ShelfFull, match="is full; nothing was lost"):
        shelf.publish(About(name="a", title="A"), write(3_000_000))
    assert [report.id for report in shelf.reports()] == [old]
    assert not list((small_volume / "reports").glob(".tmp-*"))
    assert shelf.publish(About(name="a", title="A"), write(300_000))


def test_a_full_disk_can_be_opened_listed_and_cleared(small_volume: Path) -> None:
    """On a volume without a free byte the shelf still starts, lists and deletes."""
    shelf = Shelf(small_volume / "reports")

    def write(folder: Path) -> Contents:
        (folder / "a.csv").write_bytes(os.urandom(300_000))
        return Contents(1)

    ids = [shelf.publish(About(name="a", title="A"), write).id for _ in range(3)]
    with (small_volume / "other").open("wb", buffering=0) as other, contextlib.suppress(OSError):
        while other.write(b"x" * 4096):
            pass
    assert measure(small_volume).free == 0
    with Shelf(small_volume / "reports").open() as again:
        assert [report.id for report in again.reports()] == ids[::-1]
        assert [deletion.reason for deletion in again.retain()] == ["space"]
        assert [report.id for report in again.reports()] == ids[:0:-1]
