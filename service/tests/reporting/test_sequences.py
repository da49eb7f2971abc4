"""Any sequence of publishing, waiting, crashes and wrong clocks leaves a shelf within its rules."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gleaner.reporting.shelf import About, Contents, Shelf, ShelfFull
from gleaner.reporting.volume import Volume

LIMIT = 10_000
NAMES = st.sampled_from(["a", "b", "c"])


class ShelfMachine(RuleBasedStateMachine):
    """Keeps account of the newest report of each definition beside the shelf."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.root = self.folder / "shelf"
        self.time = 1_700_000_000.0
        self.newest = {}
        self.settled = True
        self.root.mkdir()
        (self.root / "foreign").mkdir()
        (self.root / "foreign" / "file").write_text("mine")

    def shelf(self) -> Shelf:
        volume = Volume(size=10**6, free=10**6)
        return Shelf(self.root, max_bytes=LIMIT, clock=lambda: self.time, volume=lambda _: volume)

    @rule(name=NAMES, size=st.integers(0, 8000), guess=st.sampled_from([0.0, 0.5, 1.0, 2.0]))
    def publish(self, name: str, size: int, guess: float) -> None:
        def write(folder: Path) -> Contents:
            (folder / "x.csv").write_bytes(b"x" * size)
            return Contents(1)

        before = set(self.shelf().folders())
        try:
            self.newest[name] = (
                self.shelf().publish(About(name=name, title="T"), write, estimate=round(size * guess)).id
            )
            self.settled = True
        except ShelfFull:
            gone = before - set(self.shelf().folders())
            assert not gone & set(self.newest.values())

    @rule(seconds=st.sampled_from([60, 3600, 86_400 // 2, 86_400, 30 * 86_400]))
    def wait(self, seconds: int) -> None:
        self.time += seconds

    @rule(seconds=st.sampled_from([-400 * 86_400, -86_400, -3600]))
    def clock_goes_back(self, seconds: int) -> None:
        self.time += seconds

    @rule()
    def clock_is_wrong_for_a_moment(self) -> None:
        before = self.shelf().folders()
        self.shelf().retain()
        self.time += 3650 * 86_400
        assert [gone for gone in self.shelf().retain() if gone.reason == "age" and gone.report not in before] == []
        self.time -= 3650 * 86_400

    @rule()
    def retain(self) -> None:
        would = self.shelf().retain(dry_run=True)
        assert self.shelf().retain() == would
        self.settled = True

    @rule(name=NAMES)
    def crash(self, name: str) -> None:
        for prefix in (".tmp-", ".trash-"):
            leftover = self.root / f"{prefix}{name}.20231114T221320000Z.0123abcd"
            leftover.mkdir(exist_ok=True)
            (leftover / "x.csv").write_bytes(b"x" * 500)

    @invariant()
    def newest_stay(self) -> None:
        if hasattr(self, "root"):
            listed = {report.id for report in self.shelf().reports()}
            assert set(self.newest.values()) <= listed

    @invariant()
    def the_rest_fits(self) -> None:
        if hasattr(self, "root") and self.settled:
            usage = self.shelf().usage()
            assert usage.bytes <= LIMIT or usage.reports == len(self.newest)
            self.settled = False

    @invariant()
    def foreign_stays(self) -> None:
        if hasattr(self, "root"):
            assert (self.root / "foreign" / "file").read_text() == "mine"

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)


ShelfMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestShelf = ShelfMachine.TestCase
