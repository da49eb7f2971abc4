"""A source that is asked once for each record of another one."""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import msgspec

from gleaner.collecting.failures import OutOfTime
from gleaner.errors import GleanerError, InputError
from gleaner.store.protocol import Store

_SHOWN = 3  # failures that a reason names


class Failures:
    """Parents whose stream failed, and the first reasons."""

    def __init__(self) -> None:
        self.parents = self.count = 0
        self.reasons: list[str] = []

    def note(self, key: str, error: BaseException) -> None:
        self.count += 1
        if len(self.reasons) < _SHOWN:
            self.reasons.append(f"{key[:100]}: {error}")

    def __str__(self) -> str:
        more = " …" if self.count > len(self.reasons) else ""
        return f"{self.count} of {self.parents} parents failed: {'; '.join(self.reasons)}{more}"


def parents_of(name: str, store: Store) -> Iterator[tuple[str, Any]]:
    """Key and value of each record of the parent source that is not gone."""
    if store.source_state(name).fields_version is None:
        raise InputError(f"the source {name} has not been collected yet, and for_each needs its records")
    for batch in store.iter_records(name):
        for record in batch:
            if record.gone_at is None:
                yield record.key, msgspec.json.decode(record.body)


def for_each_parent(
    parents: Iterator[tuple[str, Any]], work: Callable[[str, Any], None], *, concurrency: int, stop: Callable[[], None]
) -> Failures:
    """A failing parent harms no other one; what concerns the whole run stops them all."""
    failures = Failures()
    running: dict[Future[None], str] = {}
    with ThreadPoolExecutor(concurrency, thread_name_prefix="collect") as pool:
        try:
            for key, value in parents:
                failures.parents += 1
                running[pool.submit(work, key, value)] = key
                if len(running) >= concurrency:
                    _reap(running, failures)
            while running:
                _reap(running, failures)
        except BaseException:
            stop()
            raise
    return failures


def _reap(running: dict[Future[None], str], failures: Failures) -> None:
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        key = running.pop(future)
        try:
            future.result()
        except (InputError, OutOfTime):
            raise
        except GleanerError as error:
            failures.note(key, error)
