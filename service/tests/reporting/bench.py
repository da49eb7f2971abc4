"""A shelf for tests, with a clock and a volume that they turn."""

from pathlib import Path
from typing import Any

from gleaner.reporting.shelf import About, Contents, Shelf
from gleaner.reporting.volume import Volume

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
