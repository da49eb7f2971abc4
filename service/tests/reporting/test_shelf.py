import contextlib
import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Never

import pytest

from gleaner.errors import InputError
from gleaner.reporting import publishing
from gleaner.reporting.manifest import Id, parse_id
from gleaner.reporting.shelf import About, Contents, NoSuchReport, Shelf, ShelfBusy, ShelfFull
from gleaner.reporting.volume import Volume, measure

DAY = 86_400


class Bench:
    """A shelf with a clock and a volume that a test turns, and reports of any size."""

    def __init__(self, root: Path, **rules: Any) -> None:
        self.root = root
        self.time = 1_700_000_000.0
        self.size = 10**9
        self.other = 0  # bytes that something else takes on the volume
        self.rules = rules
        self.shelf = self.another()

    def another(self) -> Shelf:
        return Shelf(self.root, clock=lambda: self.time, volume=lambda _: self.volume(), **self.rules)

    def volume(self) -> Volume:
        used = sum(path.lstat().st_size for path in self.root.rglob("*") if path.is_file()) if self.root.exists() else 0
        return Volume(size=self.size, free=max(0, self.size - self.other - used))

    def publish(self, name: str = "a", size: int = 1000, **more: int) -> str:
        """A report whose folder takes `size` bytes with its manifest, more or less."""

        def write(folder: Path) -> Contents:
            (folder / f"{name}.csv").write_bytes(b"x" * size)
            return Contents(1)

        return self.shelf.publish(About(name=name, title=name.upper()), write, **more).id

    def later(self, days: int) -> None:
        """Go on in steps of a day, as a service does that looks now and then."""
        for _ in range(days):
            self.time += DAY
            self.shelf.retain()

    def ids(self) -> list[str]:
        return [report.id for report in self.shelf.reports()]


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Bench]:
    return lambda **rules: Bench(tmp_path / "shelf", **rules)


@pytest.fixture
def bench(make: Callable[..., Bench]) -> Bench:
    return make()


def test_it_works(bench: Bench) -> None:
    """What is published is listed, found, read and described."""
    report_id = bench.publish("strongest", 10)
    (shelved,) = bench.shelf.reports()
    assert (shelved.id, shelved.name, shelved.title, shelved.rows) == (report_id, "strongest", "STRONGEST", 1)
    assert shelved.created == 1_700_000_000_000
    assert [(file.name, file.bytes, file.type) for file in shelved.files] == [
        ("strongest.csv", 10, "text/csv; charset=utf-8")
    ]
    assert bench.shelf.find(report_id) == shelved
    assert bench.shelf.file(report_id, "strongest.csv").read_bytes() == b"x" * 10


def test_reports_are_listed_newest_first(bench: Bench) -> None:
    """Reports of all definitions are in one order of time."""
    ids = []
    for name in ("a", "b", "a"):
        ids.append(bench.publish(name))
        bench.time += 60
    assert bench.ids() == ids[::-1]


def test_reading_needs_no_lock_and_no_folder(bench: Bench) -> None:
    """A shelf where nothing was ever published is empty; reading makes nothing."""
    assert (bench.shelf.reports(), bench.shelf.retain(dry_run=True), bench.shelf.next_to_go()) == ([], [], None)
    assert bench.shelf.usage().reports == 0
    assert not bench.root.exists()


def test_a_reader_sees_what_a_writer_publishes(bench: Bench) -> None:
    """One process writes while others read."""
    reader = bench.another()
    with bench.shelf.open():
        report_id = bench.publish()
        assert [report.id for report in reader.reports()] == [report_id]


@pytest.mark.parametrize(
    "name", ["../secret", "manifest.json", "", ".", "..", "/etc/hostname", "a.csv/../a.csv", "b.csv", "a\x00"]
)
def test_only_files_of_the_manifest_are_served(bench: Bench, name: str) -> None:
    """No name leads out of the report, or to a file that it does not list."""
    report_id = bench.publish()
    (bench.root / "secret").write_text("hidden")
    with pytest.raises(NoSuchReport, match="has no file"):
        bench.shelf.file(report_id, name)


@pytest.mark.parametrize(
    "report_id", ["", ".", "..", "../shelf", "/", "a", "lost+found", "a.20231114T221320000Z.0000000g", "a\x00"]
)
def test_only_ids_of_reports_are_looked_at(bench: Bench, report_id: str) -> None:
    """An id that is no report's name finds nothing, wherever it would lead."""
    bench.publish()
    assert bench.shelf.find(report_id) is None
    with pytest.raises(NoSuchReport, match="there is no report"):
        bench.shelf.file(report_id, "a.csv")


@pytest.mark.parametrize("around", ["./{}", "{}/", "../shelf/{}", "{}/../{}"])
def test_an_id_is_no_path(bench: Bench, around: str) -> None:
    """A path that leads to a report is not its id."""
    assert bench.shelf.find(around.replace("{}", bench.publish())) is None


@pytest.mark.parametrize("root", ["", ".", "/", "/tmp/.."])
def test_a_shelf_has_a_folder_of_its_own(root: str) -> None:
    """The working folder and the root of the file system are refused."""
    with pytest.raises(InputError, match="needs a folder of its own"):
        Shelf(Path(root))


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    """A path below a file names the path and the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot use .*file/shelf as the shelf: Not a directory"):
        Shelf(tmp_path / "file" / "shelf").open()


def test_the_newest_is_always_kept() -> None:
    """A shelf that keeps nothing is refused."""
    with pytest.raises(InputError, match="min_keep is at least 1"):
        Shelf(Path("/tmp/x"), min_keep=0)


# -- one writer --------------------------------------------------------------------------------------------


def test_a_second_writer_gets_a_clear_error(bench: Bench) -> None:
    """While one process writes, another one may not; afterwards it may."""
    other = bench.another()
    with bench.shelf.open():
        with pytest.raises(ShelfBusy, match="is being written to by another process"):
            other.open()
        with pytest.raises(ShelfBusy):
            other.retain()
        assert bench.publish()
    with other.open():
        assert len(other.reports()) == 1


def test_a_writer_may_wait_for_another(bench: Bench) -> None:
    """With patience the second writer gets its turn."""
    script = f"""
import sys
from pathlib import Path
from gleaner.reporting.shelf import Shelf
with Shelf(Path({str(bench.root)!r})).open():
    print("open", flush=True)
    sys.stdin.readline()
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as writer:
        assert writer.stdout.readline() == "open\n"
        with pytest.raises(ShelfBusy):
            bench.shelf.open(wait=0.15)
        writer.stdin.write("\n")
        writer.stdin.flush()
        with bench.shelf.open(wait=20):
            assert bench.publish()


def test_a_killed_writer_leaves_no_lock(bench: Bench) -> None:
    """The lock ends with its process."""
    script = f"""
import os
from pathlib import Path
from gleaner.reporting.shelf import Shelf
Shelf(Path({str(bench.root)!r})).open()
os.kill(os.getpid(), 9)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", script], env=environment, check=False).returncode == -9
    with bench.shelf.open():
        assert bench.publish()


# -- publishing --------------------------------------------------------------------------------------------


def test_a_failing_writer_leaves_nothing(bench: Bench) -> None:
    """What could not be written completely is not on the shelf at all."""
    old = bench.publish()

    def fail(folder: Path) -> Never:
        (folder / "half.csv").write_text("x")
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        bench.shelf.publish(About(name="a", title="A"), fail)
    assert bench.ids() == [old]
    assert sorted(path.name for path in bench.root.iterdir()) == [".clock", ".lock", old]


def test_everything_is_on_disk_before_it_appears(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file, the manifest last, then the folder, then the name, then the folder above: in this order."""
    steps = []
    sync, rename = os.fsync, os.rename
    monkeypatch.setattr(os, "fsync", lambda fd: (steps.append(str(Path(f"/proc/self/fd/{fd}").readlink())), sync(fd)))
    monkeypatch.setattr(os, "rename", lambda old, new: (steps.append(f"rename {Path(new).name}"), rename(old, new)))
    report_id = bench.publish()
    temporary = bench.root / f".tmp-{report_id}"
    expected = [temporary / "a.csv", temporary / "manifest.json", temporary, f"rename {report_id}", bench.root]
    assert steps == [str(step) for step in expected]


def test_a_disk_that_fills_up_is_cleared_once(bench: Bench) -> None:
    """On a full disk the half report goes, room is made, and writing is tried once more."""
    first, second = bench.publish(size=100), bench.publish(size=100)
    tried = []

    def full_once(folder: Path) -> Contents:
        tried.append(folder)
        assert list(folder.iterdir()) == []  # a fresh start each time
        (folder / "a.csv").write_bytes(b"x" * 100)
        if len(tried) == 1:
            bench.other = bench.size
            raise OSError(errno.ENOSPC, "No space left on device")
        assert not (bench.root / first).exists()  # what may go went
        assert (bench.root / second).exists()  # the newest good one did not
        bench.other = 0
        return Contents(1)

    third = bench.shelf.publish(About(name="a", title="A"), full_once).id
    assert bench.ids() == [third, second]


def test_a_disk_that_stays_full_is_a_clear_error(bench: Bench) -> None:
    """After the second failure the error is clear, and the newest report is still there."""
    old = bench.publish(size=100)
    tried = []

    def always_full(folder: Path) -> Never:
        tried.append(folder)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ShelfFull, match=r"the volume of .* is full; nothing was lost"):
        bench.shelf.publish(About(name="a", title="A"), always_full)
    assert len(tried) == 2
    assert bench.ids() == [old]


def test_another_error_of_the_disk_is_not_taken_for_a_full_one(bench: Bench) -> None:
    """An input/output error is passed on at once."""

    def broken(_folder: Path) -> Never:
        raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(OSError, match="Input/output error"):
        bench.shelf.publish(About(name="a", title="A"), broken)


def test_a_report_that_cannot_fit_is_refused_before_it_is_written(make: Callable[..., Bench]) -> None:
    """What is larger than the shelf is refused, with the sizes, and nothing goes for it."""
    bench = make(max_bytes=5000)
    ids = [bench.publish(size=500), bench.publish(size=500)]
    with pytest.raises(ShelfFull, match=r"report 'a' needs 5,001 bytes; the shelf may hold 5,000.*; nothing was lost"):
        bench.publish(size=1, estimate=5001)
    assert bench.ids() == ids[::-1]


def test_a_report_that_turns_out_too_large_is_refused(make: Callable[..., Bench]) -> None:
    """A wrong estimate costs nothing: the finished report is weighed before it appears."""
    bench = make(max_bytes=5000)
    ids = [bench.publish(size=500), bench.publish(size=500)]
    with pytest.raises(ShelfFull, match="nothing was lost"):
        bench.publish(size=6000)
    assert bench.ids() == ids[::-1]
    assert not list(bench.root.glob(".tmp-*"))


def test_newest_reports_of_others_take_their_room(make: Callable[..., Bench]) -> None:
    """A report that fits beside nothing but its own predecessors is published; beside a large other one it is not."""
    bench = make(max_bytes=5000)
    bench.publish("a", 3000)
    second = bench.publish("a", 3000)
    assert bench.ids() == [second]
    with pytest.raises(ShelfFull, match="the newest reports of each definition, which stay, take 3,"):
        bench.publish("b", 3000)
    assert bench.ids() == [second]


def test_a_volume_that_others_filled_is_refused(bench: Bench) -> None:
    """Where the disk has no room even after everything went, the report is refused before it is written."""
    old = bench.publish(size=100)
    bench.other = bench.size - 1000
    with pytest.raises(ShelfFull, match=r"needs about 5,000 bytes, and the volume of .* has \d+ left"):
        bench.publish(size=5000, estimate=5000)
    assert bench.ids() == [old]


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
