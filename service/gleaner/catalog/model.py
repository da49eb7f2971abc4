"""What an operator declares: sources, reports and their schedules, as typed, checked, frozen values.

The types say what is allowed; `check.py` turns YAML into them and lists every mistake. `docs/catalog.md`
explains each key, and a test fails when one is missing there.
"""

from typing import Annotated, Literal

import msgspec

from gleaner.units import Bytes, Seconds

type_names = ("text", "integer", "number", "boolean", "time", "json")
FieldType = Literal["text", "integer", "number", "boolean", "time", "json"]
Scalar = str | int | float | bool
Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
Positive = Annotated[int, msgspec.Meta(ge=1)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Expression = Annotated[str, msgspec.Meta(extra={"kind": "jmespath"})]
Template = Annotated[str, msgspec.Meta(extra={"kind": "template"})]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A piece of the catalog; every piece refuses keys that it does not know."""


# -- how a source is asked ---------------------------------------------------------------------------------


class Timeout(Part, frozen=True, kw_only=True):
    """Limits in seconds; a plain duration in the catalog sets `request`."""

    connect: Seconds = Seconds(10)
    read: Seconds = Seconds(30)
    request: Seconds = Seconds(120)
    run: Seconds = Seconds(3600)


class NoAuth(Part, frozen=True, kw_only=True, tag="none", tag_field="kind"):
    """No credential is sent."""


class Bearer(Part, frozen=True, kw_only=True, tag="bearer", tag_field="kind"):
    """`Authorization: Bearer TOKEN`."""

    token: Template


class HeaderKey(Part, frozen=True, kw_only=True, tag="header", tag_field="kind"):
    """A key in a header of its own."""

    name: str
    value: Template


class QueryKey(Part, frozen=True, kw_only=True, tag="query", tag_field="kind"):
    """A key in the query string."""

    name: str
    value: Template


class Basic(Part, frozen=True, kw_only=True, tag="basic", tag_field="kind"):
    """HTTP basic authentication (RFC 7617)."""

    username: Template
    password: Template


class OAuth2(Part, frozen=True, kw_only=True, tag="oauth2", tag_field="kind"):
    """OAuth 2.0 client credentials (RFC 6749, section 4.4)."""

    token_url: Template
    client_id: Template
    client_secret: Template
    scope: str = ""
    params: dict[str, Template] = {}


Auth = NoAuth | Bearer | HeaderKey | QueryKey | Basic | OAuth2


class Stop(Part, frozen=True, kw_only=True):
    """When paging is over, beside what the kind of paging itself says."""

    empty: bool | None = None  # a page without records; None: the kind's own default
    short: bool = False  # fewer records than `pages.size`
    total: Expression = ""  # a number in the answer: how many records there are
    field: Expression = ""  # a value in the answer that is true-like while there is more


class Pages(Part, frozen=True, kw_only=True):
    """How the next page is found. `kind` decides which of the other keys count."""

    kind: Literal["link", "next", "offset", "page", "token", "none"] = "none"
    path: Expression = ""  # next: the URL, token: the token, in the answer
    param: str = ""  # token, offset, page: the parameter that carries it
    size: Positive | None = None
    size_param: str = ""
    start: int | None = None  # offset: 0, page: 1
    stop: Stop = Stop()
    limit: Positive = 10_000
    on_limit: Literal["suspect", "accept"] = "suspect"
    same_token: bool = False  # a scroll whose token stays the same while the content moves on


class Records(Part, frozen=True, kw_only=True):
    """Where the records are in an answer; a plain JMESPath in the catalog sets `path`."""

    path: Expression = "@"
    optional: bool = False


class Time(Part, frozen=True, kw_only=True):
    """The record's own time; a plain JMESPath in the catalog sets `path`."""

    path: Expression
    zone: str = ""  # of times that carry none


class Field(Part, frozen=True, kw_only=True):
    """One typed column; a plain JMESPath in the catalog sets `path`."""

    path: Expression
    type: FieldType = "text"
    zone: str = ""  # of times that carry none
    index: bool = True


class Cursor(Part, frozen=True, kw_only=True):
    """How far the source has been collected: the greatest value of `field` so far."""

    field: Expression
    type: Literal["time", "integer", "text"] = "time"
    start: str | int = ""
    lookback: Seconds | None = None  # time: 1 s; integer: 1; text: none possible
    zone: str = ""
    order: Literal["none", "ascending"] = "none"  # ascending: saved after each page


class Disguise(Part, frozen=True, kw_only=True):
    """An answer that is a failure in disguise, and what is done about it."""

    then: Literal["fail", "retry", "skip"]
    status: int | None = None
    when: Expression = ""
    message: str = ""


class ForEach(Part, frozen=True, kw_only=True):
    """The source is asked once for each record of another one (`${parent.PATH}` in templates)."""

    source: str
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=32)] = 1


class Retry(Part, frozen=True, kw_only=True):
    """What is tried again: connection errors, 429 and 5xx."""

    attempts: Annotated[int, msgspec.Meta(ge=1, le=20)] = 5
    base: Seconds = Seconds(1)
    cap: Seconds = Seconds(60)  # the longest wait in place
    park: Seconds = Seconds(3600)  # the longest `Retry-After` for which the run steps aside
    statuses: tuple[int, ...] = (429, 500, 502, 503, 504)


class Schedule(Part, frozen=True, kw_only=True):
    """When an application is due; a plain cron expression in the catalog sets `cron`."""

    cron: str
    zone: str = "UTC"
    paused: bool = False


class Source(Part, frozen=True, kw_only=True):
    """One API endpoint: where, how to authenticate, how to page, where the records are."""

    url: Template
    title: str = ""
    method: Literal["GET", "POST"] = "GET"
    params: dict[str, Scalar | list[Scalar]] = {}
    headers: dict[str, Template] = {}
    body: Json = None
    timeout: Timeout = Timeout()
    auth: Auth = NoAuth()
    allow_hosts: tuple[str, ...] = ()  # other origins that a link or redirect may lead to, without credentials
    allow_private: bool = False
    pages: Pages = Pages()
    records: Records = Records()
    key: Expression | tuple[Expression, ...] = ()
    time: Time | None = None
    fields: dict[str, Field] = {}
    cursor: Cursor | None = None
    errors: tuple[Disguise, ...] = ()
    deletes: Literal["ignore", "mark"] = "ignore"
    delete_limit: Share = 0.2  # a larger share of records gone at once needs a confirmation
    for_each: ForEach | None = None
    retry: Retry = Retry()
    rate: Annotated[float, msgspec.Meta(gt=0)] | None = None  # requests a second
    max_body: Bytes = Bytes(32 * 1024**2)
    allow_bad: Annotated[int, msgspec.Meta(ge=0)] = 0  # rejected records that do not make a run suspect
    shrink_limit: Share = 0.5  # a full collection with a smaller share of last time's records is suspect
    schedule: Schedule | None = None


# -- what is made of the records ---------------------------------------------------------------------------


class Parameter(Part, frozen=True, kw_only=True):
    """A value that whoever starts a run may choose."""

    type: Literal["text", "integer", "number", "boolean", "date"] = "text"
    default: Scalar | None = None  # None: must be given
    choices: tuple[Scalar, ...] = ()
    description: str = ""


class Chart(Part, frozen=True, kw_only=True):
    """A chart made of the report's own columns."""

    kind: Literal["line", "bar"]
    x: str
    y: str | tuple[str, ...]
    title: str = ""


class Report(Part, frozen=True, kw_only=True):
    """A report written in SQL over the records of its sources."""

    title: str
    sources: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    sql: str
    description: str = ""
    params: dict[str, Parameter] = {}
    formats: Annotated[tuple[Literal["html", "csv", "xlsx", "parquet", "json"], ...], msgspec.Meta(min_length=1)] = (
        "html",
        "csv",
    )
    charts: tuple[Chart, ...] = ()
    on_empty: Literal["write", "fail"] = "write"
    zone: str = "UTC"  # in which times are shown
    guard_formulas: bool = True  # text cells that a spreadsheet would run are quoted
    timeout: Seconds = Seconds(600)
    schedule: Schedule | None = None


class Catalog(Part, frozen=True, kw_only=True):
    """Everything that was declared."""

    sources: dict[str, Source] = {}
    reports: dict[str, Report] = {}


NAME_PATTERN = r"[a-z][a-z0-9_-]{0,62}"  # of sources, reports and parameters: safe in paths, URLs and SQL
FIELD_PATTERN = r"[a-zA-Z_][a-zA-Z0-9_]{0,62}"
RESERVED_FIELDS = frozenset({"key", "time", "body", "first_seen", "last_seen", "gone", "parent"})
