"""Collecting: which source is behind, and why."""

from boards.panels import PLAIN, Board, Row, ask, column, lines, series, table, worse_above
from boards.thresholds import THRESHOLDS
from boards.variables import LINES, OURS

_LIMITS = THRESHOLDS.sources
_CHOSEN = f'{OURS},source=~"$source"'
_BAD = ',change="bad"'
_NO_SUCCESS = ',status!~"[23].."'
_RATE = "[$__rate_interval]"


def _rate(name: str, by: str = "source", more: str = "") -> str:
    return f"sum by ({by}) (rate({name}{{{_CHOSEN}{more}}}{_RATE}))"


_SOURCES = Row(
    "Sources",
    (
        table(
            "How the sources stand",
            f"Behind: since it should have succeeded again by its own schedule, in steps of it (red from "
            f"{_LIMITS.stale_schedules:g}). A source without schedule is never behind.",
            column(
                "Steps behind",
                f"""max by (source) (gleaner_source_behind_seconds{{{_CHOSEN}}})
                    / max by (source) (gleaner_source_schedule_seconds{{{_CHOSEN}}})""",
                "none",
                worse_above(1, _LIMITS.stale_schedules),
            ),
            column("Behind", f"max by (source) (gleaner_source_behind_seconds{{{_CHOSEN}}})", "s"),
            column(
                "Since success",
                f"time() - max by (source) (gleaner_source_last_success_timestamp_seconds{{{_CHOSEN}}})",
                "s",
            ),
            column("Every", f"max by (source) (gleaner_source_schedule_seconds{{{_CHOSEN}}})", "s"),
            column("Records", f"max by (source) (gleaner_source_records{{{_CHOSEN}}})", "locale"),
        ),
        series(
            "Behind schedule",
            "Steady teeth are a source that succeeds each time; a slope is one that does not.",
            "s",
            ask(f"max by (source) (gleaner_source_behind_seconds{{{_CHOSEN}}})", "{{source}}"),
            service="collector",
            width=12,
        ),
        series(
            "Records kept",
            "A step down is a source that answered with less, or a deletion.",
            "locale",
            ask(f"max by (source) (gleaner_source_records{{{_CHOSEN}}})", "{{source}}"),
            service="collector",
            width=12,
        ),
    ),
)
_ARRIVING = Row(
    "What arrives",
    (
        series(
            "Records by change",
            "A second. Unchanged ones cost no write.",
            "ops",
            ask(_rate("gleaner_records_total", "change"), "{{change}}"),
            stacked=True,
            service="collector",
        ),
        series(
            "Records by source",
            "A second.",
            "ops",
            ask(_rate("gleaner_records_total"), "{{source}}"),
            service="collector",
        ),
        series(
            "Bad records",
            "Share of records without a key or time, or too large: the catalog and the API disagree.",
            "percentunit",
            ask(
                f"{_rate('gleaner_records_total', more=_BAD)} / {_rate('gleaner_records_total')}",
                "{{source}}",
            ),
            steps=worse_above(_LIMITS.bad_share),
            service="collector",
        ),
        series(
            "Pages", "A second.", "ops", ask(_rate("gleaner_pages_total"), "{{source}}"), service="collector", width=12
        ),
        series(
            "Bytes",
            "A second, decompressed.",
            "Bps",
            ask(_rate("gleaner_fetched_bytes_total"), "{{source}}"),
            service="collector",
            width=12,
        ),
    ),
)
_API = Row(
    "The API",
    (
        series(
            "Answers by status",
            "A second; `error` is no answer at all.",
            "reqps",
            ask(_rate("gleaner_fetches_total", "source, status"), "{{source}}: {{status}}"),
            stacked=True,
            service="collector",
            traces=True,
        ),
        series(
            "Answers that are no success",
            "Share of a source's requests, redirects aside.",
            "percentunit",
            ask(
                f"""{_rate("gleaner_fetches_total", more=_NO_SUCCESS)}
                / {_rate("gleaner_fetches_total")}""",
                "{{source}}",
            ),
            steps=worse_above(_LIMITS.bad_share),
            service="collector",
            traces=True,
        ),
        series(
            "How long an answer takes",
            "To the end of its body: half of the answers, and 95 of 100. A point leads to its trace.",
            "s",
            *(
                ask(
                    f"""histogram_quantile({share}, sum by (source, le) (
                        rate(gleaner_fetch_duration_seconds_bucket{{{_CHOSEN}}}{_RATE})))""",
                    f"{{{{source}}}} {name}",
                    exemplars=share == "0.95",
                )
                for share, name in (("0.5", "half"), ("0.95", "95 %"))
            ),
            service="collector",
            traces=True,
        ),
        series(
            "Waits for the rate",
            "Waits a second, for the declared rate or because the API asks.",
            "ops",
            ask(_rate("gleaner_rate_limit_waits_total"), "{{source}}"),
            service="collector",
            width=12,
        ),
        series(
            "Time spent waiting",
            "Seconds a second: at 1 one run waits all the time, so a schedule asks for more than the API gives.",
            "none",
            ask(_rate("gleaner_rate_limit_wait_seconds_total"), "{{source}}"),
            steps=PLAIN,
            service="collector",
            width=12,
        ),
    ),
)
_LINES = Row(
    "Lines",
    (
        lines(
            "Warnings and errors of the collector",
            "A line opens to its fields; its run and trace id lead on.",
            f'{{{LINES}, service_name="collector"}} | level=~"warning|error|critical"',
        ),
    ),
)
BOARD = Board(
    uid="gleaner-collection",
    title="Gleaner: collection",
    text="Which source is behind its schedule, what arrives, and how the APIs answer.",
    rows=(_SOURCES, _ARRIVING, _API, _LINES),
    variables=("source",),
)
