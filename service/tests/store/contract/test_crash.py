"""A process that is killed at any moment has lost nothing that it acknowledged."""

import random
import subprocess
from collections.abc import Callable
from threading import Event

import pytest

from gleaner.store.protocol import Store

StartWorker = Callable[[str, str, str], subprocess.Popen[str]]
PAGE = 50  # records


@pytest.mark.parametrize("moment", range(10))
def test_killed(store: Store, store_address: str, start_worker: StartWorker, moment: int) -> None:
    """Every acknowledged record and cursor is there, and the cursor is not ahead of the records."""
    pages, cursor = acknowledged_before_kill(start_worker("collect", store_address, "worker"), random.Random(moment))

    kept = set(store.iter_keys("quakes"))
    assert {key for page in range(1, pages + 1) for key in keys(page)} <= kept
    saved = int(store.source_state("quakes").cursor or 0)
    assert saved >= cursor
    assert {key for page in range(1, saved + 1) for key in keys(page)} <= kept
    assert store.count_records("quakes") == len(kept)


def acknowledged_before_kill(worker: subprocess.Popen[str], chance: random.Random) -> tuple[int, int]:
    """Kill the worker at some moment; returns the last page and the last cursor that it acknowledged."""
    worker.stdin.write("\n")
    worker.stdin.flush()
    Event().wait(chance.uniform(0, 0.15))
    worker.kill()
    said, _ = worker.communicate()
    done = {"records": 0, "cursor": 0}
    for kind, number in (line.split() for line in said.splitlines(keepends=True) if line.endswith("\n")):
        done[kind] = int(number)
    return done["records"], done["cursor"]


def keys(page: int) -> set[str]:
    return {f"{page:06}.{place}" for place in range(PAGE)}


def test_goes_on(store: Store, store_address: str, start_worker: StartWorker) -> None:
    """After a kill others write at once: no lock outlives its holder."""
    acknowledged_before_kill(start_worker("collect", store_address, "worker"), random.Random(0))
    before = store.count_records("quakes")
    assert store.mark_gone("quakes", list(store.iter_keys("quakes"))) == before
