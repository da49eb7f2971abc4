"""The mongod beside a guard, as the guard last saw it."""

from gleaner.telemetry.metrics.bounds import among
from gleaner.telemetry.metrics.registry import counter, gauge

UP = gauge("gleaner_mongodb_up", "1 while mongod answers; else 0, and what follows is missing.")
PRIMARY = gauge("gleaner_mongodb_primary", "1 while this member is the primary; else 0.")
MEMBERS = gauge(
    "gleaner_mongodb_members",
    "Members of the set, as this one sees them.",
    state=among("primary", "secondary", "other"),
)
CONNECTIONS = gauge(
    "gleaner_mongodb_connections",
    "Connections of clients that there are, and that could be.",
    state=among("current", "available"),
)
CACHE_BYTES = gauge(
    "gleaner_mongodb_cache_bytes", "The cache of the storage engine.", kind=among("used", "dirty", "limit")
)
OPERATIONS = counter(
    "gleaner_mongodb_operations_total",
    "Operations since mongod started.",
    type=among("insert", "query", "update", "delete", "getmore", "command"),
)
REPLICATION_LAG = gauge(
    "gleaner_mongodb_replication_lag_seconds", "How far this member is behind the primary; 0 on the primary itself."
)
DATA_BYTES = gauge(
    "gleaner_mongodb_data_bytes",
    "The application's database: data uncompressed, as stored, and its indexes.",
    kind=among("data", "storage", "indexes"),
)
