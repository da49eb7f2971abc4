"""Everything that is generated, and writing it."""

from pathlib import Path

from boards import rules
from boards.build import text_of
from boards.pages import BOARDS

GENERATED = Path(__file__).parents[1] / "generated"
FOLDERS = ("grafana", "rules")  # of which nothing is written by hand


def files() -> dict[str, str]:
    """Path under dashboards/generated -> text."""
    boards = {f"grafana/{board.uid.removeprefix('gleaner-')}.json": text_of(board) for board in BOARDS}
    ruled = {f"rules/{name}": text for name, text in rules.files().items()}
    return boards | ruled | {"operator/prometheus-rule.yaml": rules.prometheus_rule()}


def write(folder: Path = GENERATED) -> list[str]:
    """Write what changed and remove what is no longer generated; their paths."""
    wanted = files()
    here = {str(file.relative_to(folder)) for kind in FOLDERS for file in (folder / kind).glob("*.*")}
    gone = sorted(here - wanted.keys())
    for path in gone:
        (folder / path).unlink()
    changed = [path for path, text in wanted.items() if _differs(folder / path, text)]
    for path in changed:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(wanted[path], encoding="utf-8")
    return changed + gone


def _differs(file: Path, text: str) -> bool:
    return not file.is_file() or file.read_text(encoding="utf-8") != text
