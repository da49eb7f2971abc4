"""What is left when the process dies between any two steps of publishing and deleting."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gleaner.reporting.shelf import Shelf
from gleaner.reporting.verify import verify

# Runs the same story again and again in a child of its own, and lets it die before its first, second, … step on the
# disk. Prints how it ended each time: the number of steps, or -1 when it came to its end.
STORY = """
import io, json, os, sys
from pathlib import Path
from gleaner.reporting.shelf import About, Contents, Shelf

root, steps = Path(sys.argv[1]), iter(range(10**6))

def write(folder):
    (folder / "a.csv").write_bytes(b"x" * 1000)
    (folder / "b.csv").write_bytes(b"x" * 1000)
    return Contents(1)

def story(place):
    shelf = Shelf(place, max_bytes=6000)
    with shelf.open():
        for _ in range(3):
            shelf.publish(About(name="a", title="A"), write, estimate=2000)

def dying(name, last):
    original = getattr(os, name)
    def step(*arguments, **options):
        if next(steps) == last:
            os._exit(9)
        return original(*arguments, **options)
    setattr(os, name, step)

for last in range(1000):
    child = os.fork()
    if not child:
        for name in ("mkdir", "fsync", "rename", "replace", "unlink", "rmdir"):
            dying(name, last)
        story(root / f"{last:04}")
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
print(json.dumps(last))
"""


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One shelf for each step at which the story ended; the last one is of a story that came to its end."""
    root = tmp_path_factory.mktemp("crashes")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", STORY, str(root)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert json.loads(done.stdout) > 30
    return sorted(root.iterdir())


def test_a_reader_sees_whole_reports_only(crashed: list[Path]) -> None:
    """Right after the crash, before anything is cleaned, each report that is listed is as it was published."""
    for root in crashed:
        shelf = Shelf(root)
        assert [problem for report in shelf.reports() for problem in verify(shelf, report.id)] == []


def test_nothing_that_was_published_is_lost(crashed: list[Path]) -> None:
    """Once the first report has appeared, there is a newest one at every later step."""
    newest = [max((report.created for report in Shelf(root).reports()), default=0) for root in crashed]
    first = next(at for at, created in enumerate(newest) if created)
    assert 0 < first < len(newest) - 10
    assert all(newest[first:])
    counts = [len(Shelf(root).reports()) for root in crashed]
    assert counts[-1] == 2  # the third publication took the first report


def test_the_next_writer_cleans_up(crashed: list[Path]) -> None:
    """After the next opening nothing is left but reports, and the shelf works on."""
    leftovers = 0
    for root in crashed:
        leftovers += len(list(root.glob(".tmp-*"))) + len(list(root.glob(".trash-*")))
        shelf = Shelf(root, max_bytes=6000)
        before = [report.id for report in shelf.reports()]
        with shelf.open():
            assert [report.id for report in shelf.reports()] == before
            assert shelf.folders() == before
            shelf.retain()
        assert {path.name for path in root.iterdir()} <= {".lock", ".clock", ".clock.new", *before}
    assert leftovers > 10
