"""A collecting process that is killed at any moment leaves a store that is right."""

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from collecting.loopback import Api, Asked
from gleaner.store.protocol import Store

PAGE = 40  # records
CATALOG = """
sources:
  feed:
    url: {url}/feed
    allow_private: true
    params: {{since: "${{cursor}}"}}
    records: items
    key: id
    cursor: {{field: id, type: integer, start: 0, order: ascending}}
    pages: {{kind: next, path: next}}
"""


@pytest.fixture
def feed() -> Iterator[Api]:
    """An ascending feed of five pages a run, which goes on where the cursor says."""
    api = Api()

    def answer(asked: Asked) -> object:
        since, page = int(asked.query["since"]), int(asked.query.get("page", 1))
        first = since + (page - 1) * PAGE + 1
        following = f"{api.url}/feed?since={since}&page={page + 1}" if page < 5 else None
        return {"items": [{"id": number, "text": "x" * 50} for number in range(first, first + PAGE)], "next": following}

    api.answer = answer
    yield api
    api.close()


@pytest.mark.slow
def test_killed_at_random_moments(store: Store, store_address: str, feed: Api, tmp_path: Path) -> None:
    """After each of ten kills every record up to the cursor is stored, and collecting goes on from there."""
    catalog = tmp_path / "catalog.yaml"
    catalog.write_text(CATALOG.format(url=feed.url))
    chance, reached = random.Random(5), 0
    for _ in range(10):
        collect_until_killed(catalog, store_address, chance.uniform(0, 0.3))
        cursor = msgspec.json.decode(store.source_state("feed").cursor or "0")
        kept = {int(key) for key in store.iter_keys("feed")}
        assert kept >= set(range(1, cursor + 1))
        assert cursor >= reached
        reached = cursor
    assert reached > 0


def collect_until_killed(catalog: Path, address: str, seconds: float) -> None:
    command = [sys.executable, str(Path(__file__).with_name("endless.py")), str(catalog), address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        threading.Event().wait(seconds)
        process.kill()
