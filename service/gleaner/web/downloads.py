"""Files of reports as answers, for pages and API alike."""

import datetime as dt
import re

from flask import Response, request, send_file

from gleaner.reporting.manifest import ShelvedFile
from gleaner.reporting.shelf import NoSuchReport, Shelf
from gleaner.store.model import Millis
from gleaner.web.audit import audit
from gleaner.web.views.shelved import is_page

_RANGE = re.compile(r"bytes=(?:(?P<first>\d{1,18})-(?P<last>\d{0,18})|-\d{1,18})", re.ASCII)
_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "Cache-Control": "private, no-cache",
}


def send_report_file(shelf: Shelf, report_id: str, name: str, *, attachment: bool | None = None) -> Response:
    """With ETag, ranges and 304; raises NoSuchReport. Only HTML is shown in place, unless `attachment` says else.

    Whatever it is, it is opened without any right: a report's texts come from an API that nobody here wrote.
    """
    created, entry = _find(shelf, report_id, name)
    _forget_odd_range()
    try:
        response = send_file(
            shelf.file(report_id, name),
            mimetype=entry.type.partition(";")[0],  # Flask adds the charset
            as_attachment=not is_page(entry) if attachment is None else attachment,
            download_name=entry.name,
            etag=entry.sha256,
            last_modified=dt.datetime.fromtimestamp(created // 1000, dt.UTC),
            conditional=True,
        )
    except OSError:  # retention took it in this moment
        raise NoSuchReport(f"report {report_id!r} is not on the shelf any more") from None
    response.headers.update(_HEADERS)
    if response.status_code < 300:
        audit("download", f"{report_id}/{name}")
    return response


def _forget_odd_range() -> None:
    """A range that makes no sense, or several at once, is passed over as RFC 9110 (14.2) allows, not refused."""
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    if match is None or (match["last"] and int(match["first"]) > int(match["last"])):
        request.environ.pop("HTTP_RANGE", None)


def _find(shelf: Shelf, report_id: str, name: str) -> tuple[Millis, ShelvedFile]:
    """When the report was made, and the file's entry in its manifest."""
    shelved = shelf.find(report_id)
    if shelved is None:
        raise NoSuchReport(f"There is no report {report_id!r} on the shelf; retention may have deleted it.")
    entry = next((file for file in shelved.files if file.name == name), None)
    if entry is None:
        raise NoSuchReport(f"Report {report_id!r} has no file {name!r}.")
    return shelved.created, entry
