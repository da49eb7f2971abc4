"""One page of a source as it would be stored, and a catalog entry proposed for an address. Nothing is stored."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from gleaner.catalog.model import Source
from gleaner.catalog.times import format_time
from gleaner.catalog.urls import check_url
from gleaner.collecting.canonical import Rejected
from gleaner.collecting.children import parents_of
from gleaner.collecting.clock import Clock, Deadline
from gleaner.collecting.connection import open_session
from gleaner.collecting.cursor import decode_cursor, sent_value
from gleaner.collecting.document import Document, Found, digest_of, read_item, show_item
from gleaner.collecting.envelope import Enveloper
from gleaner.collecting.exchange import Wire
from gleaner.collecting.facts import read_facts
from gleaner.collecting.fetch import Fetcher
from gleaner.collecting.fill import Values
from gleaner.collecting.pages import first_ask, next_ask
from gleaner.collecting.proposal import propose_source
from gleaner.collecting.stream import find_records
from gleaner.collecting.tally import Tally
from gleaner.errors import GleanerError, InputError
from gleaner.store.model import NewRecord, Reject
from gleaner.store.protocol import Store
from gleaner.store.runlog import SilentLog
from gleaner.telemetry.redact import redact


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The first page: what was asked and answered, and what would become of it."""

    request: str
    status: int
    content_type: str
    records: list[NewRecord]
    rejects: list[Reject]
    misfits: list[str]
    has_next: bool


def preview(
    name: str,
    source: Source,
    *,
    store: Store,
    secrets: Callable[[str], str],
    ca_bundle: Path | None = None,
    clock: Clock | None = None,
) -> Preview:
    """Asks as the next collection would; with `for_each`, for the first parent. Raises GleanerError."""
    clock = clock or Clock()
    cursor = source.cursor
    stored = decode_cursor(store.source_state(name).cursor)
    parent_key, parent = _first_parent(source, store)
    values = Values(
        secrets=secrets,
        run_time=format_time(int(clock.now() * 1000)),
        cursor=sent_value(cursor, stored) if cursor else None,
        parent=parent,
    )
    document = _fetch(source, values, ca_bundle, clock)
    found = find_records(source, document)
    enveloper = Enveloper(source)
    records, rejects = _wrapped(found, enveloper, parent_key)
    count = len(found.items)
    following = next_ask(
        source.pages, first_ask(source.pages), read_facts(source, document, count=count, received=count, total=None)
    )
    answer = document.answer
    return Preview(
        request=f"{answer.method} {answer.shown_url}",
        status=answer.status,
        content_type=answer.content_type,
        records=records,
        rejects=rejects,
        misfits=enveloper.misfits.examples,
        has_next=following is not None,
    )


def propose(url: str, *, allow_private: bool = False, ca_bundle: Path | None = None, clock: Clock | None = None) -> str:
    """A catalog with one source for this address, as YAML to start from; raises InputError or GleanerError."""
    template = url.partition("#")[0].replace("$", "$$")
    try:
        check_url(template)
    except ValueError as error:
        raise InputError(str(error)) from None
    source = Source(url=template, allow_private=allow_private)
    values = Values(secrets=_no_secret, run_time="", cursor=None)
    document = _fetch(source, values, ca_bundle, clock or Clock())
    if document.is_empty:
        raise document.wrong("the answer is empty, so there is nothing to propose")
    return propose_source(source, document.whole(), document.answer.headers.get("Link", ""))


def _fetch(source: Source, values: Values, ca_bundle: Path | None, clock: Clock) -> Document:
    deadline = Deadline(clock, float(source.timeout.run))
    verify = str(ca_bundle) if ca_bundle else True
    with open_session(allow_private=source.allow_private, verify=verify) as session:
        tally, log = Tally(), SilentLog()
        wire = Wire(source, session, deadline=deadline, tally=tally, log=log)
        try:
            return Fetcher(source, wire, deadline=deadline, tally=tally, log=log).fetch(first_ask(source.pages), values)
        except InputError:
            raise
        except GleanerError as error:
            raise GleanerError(redact(str(error))) from None


def _first_parent(source: Source, store: Store) -> tuple[str | None, Any]:
    if source.for_each is None:
        return None, None
    for key, value in parents_of(source.for_each.source, store):
        return key, value
    raise GleanerError(f"the parent source {source.for_each.source} has no records to preview with")


def _wrapped(found: Found, enveloper: Enveloper, parent: str | None) -> tuple[list[NewRecord], list[Reject]]:
    records, rejects = [], []
    for index, item in enumerate(found.items, 1):
        try:
            value, text = read_item(item)
            records.append(enveloper.wrap(value, text, digest_of(item), parent))
        except Rejected as error:
            rejects.append(Reject(1, index, str(error), redact(show_item(item))[:200]))
    return records, rejects


def _no_secret(name: str) -> str:
    raise InputError(f"an address to propose an entry for cannot refer to the secret {name}")
