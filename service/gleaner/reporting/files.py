"""The files of one report, in the formats that it asks for."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from gleaner.catalog.model import Report
from gleaner.reporting.charts import draw
from gleaner.reporting.notes import Note
from gleaner.reporting.result import Result
from gleaner.reporting.write_csv import write_csv
from gleaner.reporting.write_html import Page, cuts, write_html
from gleaner.reporting.write_json import write_json
from gleaner.reporting.write_parquet import write_parquet
from gleaner.reporting.write_xlsx import write_xlsx
from gleaner.store.model import Millis
from gleaner.store.runlog import RunLog


class Job(msgspec.Struct, frozen=True):
    """What the files are made of. `names` are the columns' names as the SQL has them."""

    name: str
    report: Report
    values: Mapping[str, Any]
    names: Sequence[str]
    result: Result
    now: Millis

    @property
    def moment(self) -> dt.datetime:
        """When the report is made, in its own zone."""
        return dt.datetime.fromtimestamp(self.now / 1000, ZoneInfo(self.report.zone))

    @property
    def plain_values(self) -> dict[str, Any]:
        """Parameters as JSON has them."""
        return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in self.values.items()}

    def path(self, folder: Path, form: str) -> Path:
        """Named so that a download tells what it is; the time keeps it from the name of the manifest."""
        return folder / f"{self.name}-{self.moment:%Y%m%d-%H%M}.{form}"


def write_files(job: Job, folder: Path, log: RunLog) -> list[str]:
    """Write each format, the page last: it shows what the others had to change. Returns the notes."""
    notes: list[str] = []

    def note(text: str) -> None:
        notes.append(text)
        log.warning(text)

    forms = [form for form in (*_WRITERS, "html") if form in job.report.formats]
    _note_renamed(job, note)
    for done, form in enumerate(forms):
        log.progress(done, len(forms), unit="files", message=f"writing {form}")
        if form == "html":
            _write_page(job, folder, notes, note)
        else:
            _WRITERS[form](job, job.path(folder, form), note)
    log.progress(len(forms), len(forms), unit="files", message="written")
    return notes


def _write_page(job: Job, folder: Path, notes: Sequence[str], note: Note) -> None:
    others = [form for form in _WRITERS if form in job.report.formats]
    charts = [draw(chart, job.result, note) for chart in job.report.charts] if job.result.rows else []
    for text in cuts(job.result, others):
        note(text)
    page = Page(
        title=job.report.title,
        description=job.report.description,
        created=job.moment.strftime("%Y-%m-%d %H:%M"),
        parameters={name: str(value) for name, value in job.plain_values.items()},
        charts=charts,
        notes=notes,
        files=[job.path(folder, form).name for form in others],
    )
    write_html(job.result, job.path(folder, "html"), page)


def _note_renamed(job: Job, note: Note) -> None:
    pairs = zip(job.names, job.result.columns, strict=True)
    if renamed := [f"{old} -> {column.name}" for old, column in pairs if old != column.name]:
        note(f"columns of the same name were made distinct: {', '.join(renamed)}")


_WRITERS: dict[str, Callable[[Job, Path, Note], None]] = {
    "csv": lambda job, path, note: write_csv(job.result, path, note, guard=job.report.guard_formulas),
    "json": lambda job, path, note: write_json(job.result, path, note),
    "parquet": lambda job, path, note: write_parquet(job.result, path, note),
    "xlsx": lambda job, path, note: write_xlsx(
        job.result, path, note, title=job.report.title, guard=job.report.guard_formulas
    ),
}
