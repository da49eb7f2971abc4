"""`/reports`: what is on the shelf, and its files."""

from typing import Any
from urllib.parse import quote

import msgspec
from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gleaner.reporting.manifest import Shelved
from gleaner.reporting.shelf import Shelf
from gleaner.running.shelf import open_shelf
from gleaner.web.api.answers import Page, answer_json
from gleaner.web.api.given import no_query
from gleaner.web.api.moments import rfc3339
from gleaner.web.current import context
from gleaner.web.downloads import send_report_file
from gleaner.web.problems import Problem
from gleaner.web.queries import MAX_LIMIT, read_query
from gleaner.web.readers import Reader, plain_text, whole
from gleaner.web.views.shelved import page_of_reports


class FileJson(msgspec.Struct, frozen=True):
    """A file of a report; `url` is where to get it."""

    name: str
    type: str
    bytes: int
    sha256: str
    url: str


class ReportJson(msgspec.Struct, frozen=True, kw_only=True):
    """A complete report. `columns` is name -> SQL type; `notes` is what its files could not hold as it was."""

    id: str
    name: str
    title: str
    description: str
    created_at: str
    rows: int
    bytes: int
    run: str | None
    parameters: dict[str, Any]
    zone: str
    notes: tuple[str, ...]
    columns: dict[str, str]
    files: list[FileJson]


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/reports", view_func=list_reports, endpoint="reports")
    blueprint.add_url_rule("/reports/<report_id>", view_func=get_report, endpoint="report")
    blueprint.add_url_rule("/reports/<report_id>/files/<name>", view_func=get_file, endpoint="file")


def list_reports() -> ResponseReturnValue:
    """Newest first."""
    asked = read_query(request.args, _LIST)
    shown, further = page_of_reports(
        _shelf(), name=asked.get("name"), cursor=asked.get("cursor"), limit=asked.get("limit", 50)
    )
    return answer_json(Page([_report(shelved) for shelved in shown], further))


def get_report(report_id: str) -> ResponseReturnValue:
    no_query()
    shelved = _shelf().find(report_id)
    if shelved is None:
        raise Problem("not-found", f"There is no report {report_id[:100]!r}; retention may have deleted it.")
    return answer_json(_report(shelved))


def get_file(report_id: str, name: str) -> ResponseReturnValue:
    no_query()
    return send_report_file(_shelf(), report_id, name)


def _shelf() -> Shelf:
    return open_shelf(context().settings)


def _report(shelved: Shelved) -> ReportJson:
    return ReportJson(
        id=shelved.id,
        name=shelved.name,
        title=shelved.title,
        description=shelved.description,
        created_at=rfc3339(shelved.created),
        rows=shelved.rows,
        bytes=shelved.bytes,
        run=shelved.run,
        parameters=shelved.parameters,
        zone=shelved.zone,
        notes=shelved.notes,
        columns=shelved.columns,
        files=[
            FileJson(file.name, file.type, file.bytes, file.sha256, _url(shelved.id, file.name))
            for file in shelved.files
        ],
    )


def _url(report_id: str, name: str) -> str:
    return f"/api/v1/reports/{quote(report_id)}/files/{quote(name)}"


_LIST: dict[str, Reader] = {"name": plain_text, "cursor": str, "limit": whole(1, MAX_LIMIT)}
