"""Records and keys are read page by page, so that memory stays bounded and no reader holds up the database."""

from collections.abc import Callable, Iterable, Iterator

from gleaner.store.model import StoredRecord

PAGE_BYTES = 8 * 1024**2  # of bodies: records may be large
KEYS = 10_000

ReadRecords = Callable[[str | None, int], list[StoredRecord]]  # after which key, how many at most
ReadKeys = Callable[[str | None, int], list[str]]


def within_bytes(records: Iterable[StoredRecord]) -> list[StoredRecord]:
    """The first records, as many as fit a page; at least one if there is one."""
    page: list[StoredRecord] = []
    size = 0
    for record in records:
        page.append(record)
        size += len(record.body)
        if size >= PAGE_BYTES:
            break
    return page


def record_pages(read: ReadRecords, after: str | None, batch: int) -> Iterator[list[StoredRecord]]:
    while page := read(after, batch):
        yield page
        after = page[-1].key


def all_keys(read: ReadKeys) -> Iterator[str]:
    after: str | None = None
    while page := read(after, KEYS):
        yield from page
        after = page[-1]
