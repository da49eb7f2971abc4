"""Reports page by page, the same for pages and API."""

from gleaner.reporting.manifest import Shelved, ShelvedFile, parse_id
from gleaner.reporting.shelf import Shelf
from gleaner.web.cursors import decode_cursor, encode_cursor


def page_of_reports(
    shelf: Shelf, *, name: str | None, cursor: str | None, limit: int
) -> tuple[list[Shelved], str | None]:
    """Newest first, with the cursor of the page after it; raises InputError for a cursor of another list.

    By the reports' numbers, so that a page stays where it was when its last report is deleted.
    """
    question = ["reports", name]
    below = None if cursor is None else decode_cursor(cursor, question, int)
    found = [
        shelved
        for shelved in shelf.reports()
        if name in (None, shelved.name) and (below is None or _number(shelved) < below)
    ]
    shown = found[:limit]
    return shown, encode_cursor(_number(shown[-1]), question) if len(found) > limit else None


def is_page(file: ShelvedFile) -> bool:
    """Whether a browser shows it in place; everything else is a download."""
    return file.type.partition(";")[0] == "text/html"


def _number(shelved: Shelved) -> int:
    parsed = parse_id(shelved.id)
    assert parsed, "it is the name of a report's folder"
    return parsed.number
