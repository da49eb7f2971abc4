"""Server-rendered pages: one module and blueprint each for what a person looks at.

Templates extend `base.html` and build on the macros of `parts.html`. Everything works without the script, which makes
it livelier through these attributes:

- `<time data-show="moment|second|relative">`: said anew in the reader's zone, or by the clock
- `data-refresh="SECONDS"` on an element with an id: fetched again with its page and put in place of the old one
- `data-theme-toggle` on a hidden button: light or dark; kept as `data-theme` of `<html>`
- `data-zone`: names the zone of the times
"""

from flask import Flask, g

from gleaner import __version__
from gleaner.catalog.times import format_time, show_time
from gleaner.store.model import Millis
from gleaner.web import words
from gleaner.web.current import context, principal
from gleaner.web.daily import DailyCounts
from gleaner.web.pages import applications, overview, reports, runs, sources
from gleaner.web.views import records

BLUEPRINTS = (overview.blueprint, sources.blueprint, applications.blueprint, runs.blueprint, reports.blueprint)


def register(app: Flask) -> None:
    """Add the pages, and what their templates speak with."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.extensions["gleaner.daily"] = DailyCounts(app.extensions["gleaner.context"])
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        iso=format_time,
        utc=_utc,
        second=_second,
        relative=lambda millis: words.relative(millis, _now()),
        duration=words.duration,
        size=words.size,
        count="{:,}".format,
        cron=words.cron_words,
        sentence=lambda text: text[:1].upper() + text[1:],
        readable_key=records.readable_key,
        number=records.exact,
        shortened=records.shortened,
        column_value=records.sorted_by,
    )
    app.jinja_env.globals.update(version=__version__, principal=principal)


def _utc(millis: Millis) -> str:
    """`2026-03-01 14:05 UTC`; the seconds are in the title."""
    return f"{show_time(millis)[:16]} UTC"


def _second(millis: Millis) -> str:
    """`2026-03-01 14:05:09 UTC`."""
    return f"{show_time(millis)[:19]} UTC"


def _now() -> Millis:
    """The store's clock, asked once a request."""
    if "now" not in g:
        g.now = context().store.now()
    now: Millis = g.now
    return now
