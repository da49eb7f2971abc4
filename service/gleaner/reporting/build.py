"""A report: records of its sources -> SQL -> files on the shelf."""

import errno
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from xlsxwriter.exceptions import XlsxFileError

from gleaner.catalog.model import Catalog, Report
from gleaner.catalog.parameters import read_parameters
from gleaner.reporting import engine
from gleaner.reporting.charts import check_charts
from gleaner.reporting.deadline import Deadline
from gleaner.reporting.files import Job, write_files
from gleaner.reporting.reading import unread_columns
from gleaner.reporting.records import load_sources
from gleaner.reporting.result import open_result
from gleaner.reporting.shelf import About, Contents, Shelf, Shelved
from gleaner.reporting.statement import check_statement
from gleaner.reporting.tables import source_tables
from gleaner.store.model import Millis, Outcome, Run
from gleaner.store.protocol import Store
from gleaner.store.runlog import RunLog


def build_report(
    name: str,
    report: Report,
    catalog: Catalog,
    *,
    store: Store,
    shelf: Shelf,
    parameters: Mapping[str, Any],
    log: RunLog,
    run: Run | None = None,
    memory: int,
    now: Millis | None = None,
) -> Outcome:
    """Run the report's SQL over what the store holds now, and publish its files.

    `memory` (bytes) bounds DuckDB; what does not fit spills into a temporary folder. Raises InputError for what the
    report's author or the caller can repair, ShelfFull, ShelfBusy, TooLate.
    """
    values = read_parameters(report.params, parameters)
    check_statement(report.sql, values)
    deadline = Deadline(report.timeout)
    with tempfile.TemporaryDirectory(prefix="gleaner-report-") as folder:
        scratch = Path(folder)
        tables = source_tables(report.sources, catalog, store)
        unread = unread_columns(tables, report.sql, values, scratch=scratch, deadline=deadline)
        with engine.workbench(scratch, memory=memory, zone=report.zone) as db:
            load_sources(db, tables, store=store, log=log, deadline=deadline, unread=unread)
            engine.lock(db)
            names = engine.run(db, report.sql, values, scratch=scratch, deadline=deadline)
        with open_result(scratch, memory=memory, zone=report.zone, deadline=deadline) as result:
            check_charts(report.charts, result.columns)
            log.info(f"the report has {result.rows} rows and {len(result.columns)} columns")
            if not result.rows and report.on_empty == "fail":
                return Outcome(state="failed", reason="the report has no rows, and on_empty is 'fail'")
            job = Job(name, report, values, names, result, store.now() if now is None else now)
            return _outcome(_publish(job, shelf, log, run))


def _publish(job: Job, shelf: Shelf, log: RunLog, run: Run | None) -> Shelved:
    about = About(
        name=job.name,
        title=job.report.title,
        description=job.report.description,
        run=run.id if run else None,
        parameters=job.plain_values,
        zone=job.report.zone,
    )

    def write(folder: Path) -> Contents:
        with _out_of_space_as_such():
            notes = tuple(write_files(job, folder, log))
        return Contents(job.result.rows, notes, {column.name: column.type for column in job.result.columns})

    return shelf.publish(about, write, estimate=_estimate(job, shelf), wait=job.result.deadline.left)


def _estimate(job: Job, shelf: Shelf) -> int:
    """Expected bytes: as many a row as last time, else as many as the result's own table has."""
    last = next((found for found in shelf.reports() if found.name == job.name and found.rows), None)
    if last:
        return last.bytes * job.result.rows // last.rows
    return job.result.bytes if job.result.rows else 0


def _outcome(shelved: Shelved) -> Outcome:
    files = [{"name": file.name, "bytes": file.bytes, "sha256": file.sha256} for file in shelved.files]
    result = {"report": shelved.id, "rows": shelved.rows, "files": files, "notes": list(shelved.notes)}
    return Outcome(state="succeeded", result=result)


@contextmanager
def _out_of_space_as_such() -> Iterator[None]:
    """Libraries wrap the error of a full disk in their own; the shelf wants to see it."""
    try:
        yield
    except (duckdb.IOException, XlsxFileError) as error:
        if "No space left" in str(error):
            raise OSError(errno.ENOSPC, "no space left on the volume") from error
        raise
