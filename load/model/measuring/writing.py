"""What a record takes on its way into the store, and what runs and reports take beside it."""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from pymongo.database import Database

from bench.figures import read
from bench.installation import BATCH, Installation, record
from bench.reports import OURS, made
from gleaner.store.protocol import Store
from model.measured import Work, Writing
from model.measuring.machine import Meter

_FIELDS = ("magnitude", "place", "felt", "kind")  # all that the catalog declares, each with an index
_RUNS = 5


def measure_writing(store: Store, database: Database[Any], records: int) -> Writing:
    """Into indexes that are there, as a collection meets them."""
    store.index_fields("bench", dict.fromkeys(_FIELDS, True))
    meter = Meter(None, database)
    new, unchanged = (_kept(store, meter, records) for _ in range(2))
    database.client.admin.command("fsync")
    found = database.command("collStats", "records.bench")
    return Writing(
        collector=_collected(),
        mongo=new,
        unchanged=unchanged,
        data=found["size"] / records,
        indexes=found["totalIndexSize"] / records,
        fields=len(_FIELDS),
    )


def _kept(store: Store, meter: Meter, records: int) -> float:
    """Seconds of mongod's CPU a record."""
    before = meter.read()
    for first in range(0, records, BATCH):
        store.keep_records("bench", [record(number) for number in range(first, min(first + BATCH, records))])
    return meter.read().since(before).mongo / records


def _collected() -> float:
    """Seconds of the collector's CPU a record: what the benchmark of collections says."""
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder, "figures.json")
        options = ["--store", "mongo", "--clients", "gleaner", "--rounds", "3", "--json", str(figures)]
        subprocess.run([sys.executable, "-m", "bench.collect", *options], check=True, stdout=subprocess.DEVNULL)
        return next(each.median for each in read(figures) if each.name == "cpu/gleaner") / 1e6


def measure_work(home: Installation, address: str, database: Database[Any], records: int) -> Work:
    """A run that finds nothing to do, and a report of all records."""
    database["runs"].delete_many({"state": "queued"})  # what was triggered and what nobody was to run
    before = _children()
    for _ in range(_RUNS):
        subprocess.run([*home.command[:3], "run", "retain"], env=home.environment, check=True, capture_output=True)
    run = (_children() - before) / _RUNS
    return Work(run=run, report=records / made(OURS, address)["wall"])


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
