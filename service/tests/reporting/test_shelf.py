import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Never

import pytest

from gleaner.errors import InputError
from gleaner.reporting.shelf import About, Contents, NoSuchReport, Shelf, ShelfBusy, ShelfFull
from reporting.bench import Bench


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
