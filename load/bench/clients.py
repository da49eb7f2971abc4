"""What the collection benchmark compares: each client collects all pages into a store and prints what it cost.

`python -m bench.clients CLIENT PAGES_URL STORE PAGE_COUNT`; the last line is JSON: wall, CPU, peak memory.
Imports and opening the store are outside the measured part.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

Work = Callable[[], int]


def raw_mongo(url: str, address: str, pages: int) -> Work:
    """The least that collects into MongoDB: requests, orjson, one bulk write of upserts a page."""
    import orjson
    import requests
    from pymongo import MongoClient, ReplaceOne

    collection = MongoClient(address).get_default_database()["raw"]
    session = requests.Session()

    def work() -> int:
        count = 0
        for page in range(1, pages + 1):
            items = orjson.loads(session.get(f"{url}/?page={page}").content)["items"]
            collection.bulk_write(
                [ReplaceOne({"_id": i["id"]}, {"_id": i["id"], "doc": i}, upsert=True) for i in items], ordered=False
            )
            count += len(items)
        return count

    return work


def raw_sqlite(url: str, address: str, pages: int) -> Work:
    """The least that collects into SQLite: requests, orjson, one transaction of upserts a page."""
    import sqlite3

    import orjson
    import requests

    database = sqlite3.connect(address.removeprefix("sqlite:") + ".raw")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE IF NOT EXISTS raw (id TEXT PRIMARY KEY, doc TEXT)")
    session = requests.Session()

    def work() -> int:
        count = 0
        for page in range(1, pages + 1):
            items = orjson.loads(session.get(f"{url}/?page={page}").content)["items"]
            with database:
                database.executemany(
                    "INSERT OR REPLACE INTO raw VALUES (?, ?)", [(i["id"], orjson.dumps(i).decode()) for i in items]
                )
            count += len(items)
        return count

    return work


def fetch(url: str, _address: str, pages: int) -> Work:
    """Only the fetch and the parser: what no client can save."""
    import orjson
    import requests

    session = requests.Session()
    return lambda: sum(
        len(orjson.loads(session.get(f"{url}/?page={page}").content)["items"]) for page in range(1, pages + 1)
    )


def gleaner(url: str, address: str, _pages: int, *, silent: bool = False) -> Work:
    """Our own collection of one source, with checks, hashes, run log and progress."""
    from gleaner.catalog.load import load_catalog
    from gleaner.collecting.collect import collect
    from gleaner.store import open_store
    from gleaner.store.model import NewRun
    from gleaner.store.runlog import SilentLog, StoredLog

    folder = Path(os.environ["BENCH_FOLDER"])
    catalog = folder / "catalog.yaml"
    catalog.write_text(CATALOG.format(url=url), encoding="utf-8")
    source = load_catalog(catalog).sources["bench"]
    store = open_store(address)

    def work() -> int:
        store.queue_run(NewRun(application="collect/bench"))
        run = store.claim_run("bench", (), 3600)
        assert run
        log = SilentLog() if silent else StoredLog(store, run.id, run.attempt)
        outcome = collect("bench", source, store=store, secrets=str, log=log, run=run)
        store.finish_run(run.id, run.attempt, outcome)
        assert outcome.state == "succeeded", outcome
        return sum(outcome.result["records"][kind] for kind in ("new", "changed", "unchanged"))

    return work


CATALOG = """
sources:
  bench:
    url: {url}/
    allow_private: true
    records: items
    key: id
    time: updated
    fields:
      value: {{path: value, type: number}}
      owner: owner.login
      width: {{path: dims.width, type: integer}}
      active: {{path: active, type: boolean}}
    pages: {{kind: page, param: page, stop: {{total: total}}}}
"""


def dlt_mongo(url: str, address: str, _pages: int, *, tuned: bool = False) -> Work:
    """dlt with a custom destination that makes the same bulk write; nesting off, as the destination keeps documents."""
    os.environ.update(RUNTIME__DLTHUB_TELEMETRY="false", RUNTIME__LOG_LEVEL="ERROR")
    if tuned:
        os.environ.update(
            NORMALIZE__WORKERS="2", DATA_WRITER__DISABLE_COMPRESSION="true", DATA_WRITER__BUFFER_MAX_ITEMS="20000"
        )
    import dlt
    from dlt.sources.helpers.rest_client import RESTClient
    from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator
    from pymongo import MongoClient, ReplaceOne

    collection = MongoClient(address).get_default_database()["dlt"]

    @dlt.destination(
        batch_size=1000, name="bulk", naming_convention="direct", max_table_nesting=0, skip_dlt_columns_and_tables=True
    )
    def bulk(items, _table) -> None:
        collection.bulk_write(
            [ReplaceOne({"_id": i["id"]}, {"_id": i["id"], "doc": i}, upsert=True) for i in items], ordered=False
        )

    @dlt.resource(name="bench", primary_key="id")
    def records():
        client = RESTClient(
            url, paginator=PageNumberPaginator(base_page=1, total_path=None, stop_after_empty_page=True)
        )
        yield from client.paginate("/", data_selector="items")

    folder = os.environ["BENCH_FOLDER"]
    pipeline = dlt.pipeline("bench", destination=bulk, pipelines_dir=folder)

    def work() -> int:
        pipeline.run(records())
        return collection.estimated_document_count()

    return work


CLIENTS: dict[str, Callable[[str, str, int], Work]] = {
    "fetch": fetch,
    "raw-mongo": raw_mongo,
    "raw-sqlite": raw_sqlite,
    "gleaner": gleaner,
    "gleaner-silent": lambda url, address, pages: gleaner(url, address, pages, silent=True),
    "dlt-mongo": dlt_mongo,
    "dlt-mongo-tuned": lambda url, address, pages: dlt_mongo(url, address, pages, tuned=True),
}


def cpu() -> float:
    """Seconds of CPU so far, of this process and its ended children."""
    return sum(
        u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main(name: str, url: str, address: str, pages: int) -> None:
    """Measure one client."""
    work = CLIENTS[name](url, address, pages)
    wall, used = time.perf_counter(), cpu()
    count = work()
    cost = {
        "client": name,
        "records": count,
        "wall": time.perf_counter() - wall,
        "cpu": cpu() - used,
        "peak_mb": max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        / 1024,
    }
    sys.stdout.write(json.dumps(cost) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
