"""The database, and the way to it."""

from boards.panels import Board, Row, ask, lines, number, series, worse_above, worse_below
from boards.thresholds import THRESHOLDS
from boards.variables import LINES, OURS

_LIMITS = THRESHOLDS.mongodb
_RATE = "[$__rate_interval]"


def _cache(kind: str) -> str:
    return f'gleaner_mongodb_cache_bytes{{{OURS},kind="{kind}"}}'


_CONNECTIONS = f"""max by (pod) (gleaner_mongodb_connections{{{OURS},state="current"}})
    / (max by (pod) (gleaner_mongodb_connections{{{OURS},state="current"}})
    + max by (pod) (gleaner_mongodb_connections{{{OURS},state="available"}}))"""
_DIRTY = f"max by (pod) ({_cache('dirty')}) / max by (pod) ({_cache('limit')})"
_USED = f"max by (pod) ({_cache('used')}) / max by (pod) ({_cache('limit')})"

_NOW = Row(
    "Now",
    (
        number(
            "Up",
            "Share of the members that answer.",
            "percentunit",
            f"avg(gleaner_mongodb_up{{{OURS}}})",
            worse_below(1),
        ),
        number("Primaries", "1 is right.", "none", f"sum(gleaner_mongodb_primary{{{OURS}}})", worse_below(1)),
        number(
            "Lag",
            "Of the member that is the farthest behind.",
            "s",
            f"max(gleaner_mongodb_replication_lag_seconds{{{OURS}}})",
            worse_above(_LIMITS.lag_seconds / 2, _LIMITS.lag_seconds),
        ),
        number(
            "Connections",
            "Of those that could be.",
            "percentunit",
            f"max({_CONNECTIONS})",
            worse_above(_LIMITS.connections_share * 0.75, _LIMITS.connections_share),
        ),
        number(
            "Dirty cache",
            "What is not written yet; above the limit clients have to write.",
            "percentunit",
            f"max({_DIRTY})",
            worse_above(_LIMITS.cache_dirty_share / 2, _LIMITS.cache_dirty_share),
        ),
        number(
            "Store errors",
            "Methods of the store that failed, a second.",
            "ops",
            f'sum(rate(gleaner_store_errors_total{{{OURS},reason!="superseded"}}{_RATE})) or vector(0)',
            worse_above(_LIMITS.store_errors / 5, _LIMITS.store_errors),
        ),
    ),
)
_SERVER = Row(
    "The server",
    (
        series(
            "Members by state",
            "As each member sees the set.",
            "none",
            ask(f"max by (pod, state) (gleaner_mongodb_members{{{OURS}}})", "{{pod}}: {{state}}"),
            service="mongodb",
        ),
        series(
            "Operations",
            "A second, by type.",
            "ops",
            ask(f"sum by (type) (rate(gleaner_mongodb_operations_total{{{OURS}}}{_RATE}))", "{{type}}"),
            stacked=True,
            service="mongodb",
        ),
        series(
            "Connections used",
            "Share of those that could be.",
            "percentunit",
            ask(_CONNECTIONS, "{{pod}}"),
            steps=worse_above(_LIMITS.connections_share),
            service="mongodb",
        ),
        series(
            "Cache",
            "Used and dirty shares of the limit.",
            "percentunit",
            ask(_USED, "{{pod}} used"),
            ask(_DIRTY, "{{pod}} dirty"),
            steps=worse_above(_LIMITS.cache_dirty_share, _LIMITS.cache_used_share),
            service="mongodb",
        ),
        series(
            "Replication lag",
            "How far each member is behind the primary.",
            "s",
            ask(f"max by (pod) (gleaner_mongodb_replication_lag_seconds{{{OURS}}})", "{{pod}}"),
            steps=worse_above(_LIMITS.lag_seconds),
            service="mongodb",
        ),
        series(
            "Data",
            "Data uncompressed, as stored, and the indexes.",
            "bytes",
            ask(f"max by (kind) (gleaner_mongodb_data_bytes{{{OURS}}})", "{{kind}}"),
            service="mongodb",
        ),
    ),
)
_WAY = Row(
    "The store, as the programs see it",
    (
        series(
            "95 % of the methods within",
            "The slowest methods say which query lacks an index.",
            "s",
            ask(
                f"""topk(10, histogram_quantile(0.95, sum by (operation, le) (
                    rate(gleaner_store_operation_duration_seconds_bucket{{{OURS}}}{_RATE}))))""",
                "{{operation}}",
                exemplars=True,
            ),
            traces=True,
        ),
        series(
            "Calls",
            "A second, by method.",
            "ops",
            ask(
                f"""topk(10, sum by (operation) (
                    rate(gleaner_store_operation_duration_seconds_count{{{OURS}}}{_RATE})))""",
                "{{operation}}",
            ),
        ),
        series(
            "Errors",
            "A second, by method and reason; `superseded` is a run that is another worker's now.",
            "ops",
            ask(
                f"sum by (operation, reason) (rate(gleaner_store_errors_total{{{OURS}}}{_RATE}))",
                "{{operation}}: {{reason}}",
            ),
            steps=worse_above(_LIMITS.store_errors),
            traces=True,
        ),
        series(
            "Pool",
            "Connections that each program has, and uses.",
            "none",
            ask(f"sum by (pod) (gleaner_store_pool_open{{{OURS}}})", "{{pod}} open"),
            ask(f"sum by (pod) (gleaner_store_pool_in_use{{{OURS}}})", "{{pod}} in use"),
        ),
        series(
            "Waiting for a connection",
            "95 of 100 waits are shorter.",
            "s",
            ask(
                f"""histogram_quantile(0.95, sum by (pod, le) (
                    rate(gleaner_store_pool_wait_seconds_bucket{{{OURS}}}{_RATE})))""",
                "{{pod}}",
            ),
        ),
        series(
            "No connection",
            "Waits in each step that ended without one.",
            "none",
            ask(f"sum by (reason) (increase(gleaner_store_pool_failures_total{{{OURS}}}{_RATE}))", "{{reason}}"),
            steps=worse_above(1),
        ),
    ),
)
_LINES = Row(
    "Lines",
    (
        lines(
            "Lines of MongoDB and its guard",
            "mongod writes JSON too: severity `s`, component `c`, message `msg`.",
            f'{{{LINES}, service_name="mongodb"}}',
        ),
    ),
)
BOARD = Board(
    uid="gleaner-mongodb",
    title="Gleaner: MongoDB",
    text="The replica set, its cache and connections, and the store's methods as the programs see them.",
    rows=(_NOW, _SERVER, _WAY, _LINES),
)
