"""What is wrong in a catalog, with the file and line where it stands."""

from typing import NamedTuple

from gleaner.errors import InputError

Path = tuple[str | int, ...]  # keys and list positions from the root, such as ("sources", "quakes", "errors", 0)


class Where(NamedTuple):
    """A line of a file, from 1; 0 is the file as a whole."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class CatalogError(InputError):
    """The catalog cannot be used; its text lists every mistake, one a line."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class Findings:
    """Collects mistakes, and remembers where each path was written."""

    def __init__(self) -> None:
        self._found: list[tuple[Where, str]] = []
        self._places: dict[Path, Where] = {}
        self._doubtful: set[Path] = set()

    def place(self, path: Path, where: Where) -> None:
        """Remember where the value of a path stands."""
        self._places[path] = where

    def add(self, path: Path, text: str, where: Where | None = None) -> None:
        """A mistake at a path; without a place it stands where the nearest part around it was written."""
        known = (path[:end] for end in range(len(path), 0, -1) if path[:end] in self._places)
        place = where or self._places.get(next(known, ()), Where("catalog"))
        self._found.append((place, f"{show_path(path)}: {text}" if path else text))
        self._doubtful.add(path)

    def doubt(self, path: Path) -> None:
        """What stands at this path is not what was meant."""
        self._doubtful.add(path)

    def in_doubt(self, path: Path) -> bool:
        """Whether there is a mistake at the path or below it."""
        return any(doubtful[: len(path)] == path for doubtful in self._doubtful)

    def mistakes(self) -> tuple[str, ...]:
        """All of them in the order of files and lines, each once."""
        ordered = sorted(self._found, key=lambda found: found[0])
        return tuple(dict.fromkeys(f"{where}: {text}" for where, text in ordered))


def show_path(path: Path) -> str:
    """`sources.quakes.errors[0].when`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
