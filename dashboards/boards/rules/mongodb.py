"""MongoDB, as its guard sees it, and the store, as its clients do."""

from boards.rules.alert import Alert, words
from boards.thresholds import THRESHOLDS

_LIMITS = THRESHOLDS.mongodb

ALERTS = (
    Alert(
        name="MongoDBDown",
        expr="max by (namespace, pod) (gleaner_mongodb_up) == 0",
        hold="1m",
        severity="critical",
        summary="mongod of {{ $labels.pod }} does not answer",
        description="Its guard, in the same pod, has had no answer for a minute (up: {{ $value }}).",
        board="gleaner-mongodb",
    ),
    Alert(
        name="MongoDBWithoutPrimary",
        expr="max by (namespace) (gleaner_mongodb_primary) == 0",
        hold="1m",
        severity="critical",
        summary="The replica set of {{ $labels.namespace }} has no primary",
        description="No member is primary (primaries: {{ $value }}): nothing can be written.",
        board="gleaner-mongodb",
    ),
    Alert(
        name="MongoDBConnectionsNearLimit",
        expr=f"""
            sum by (namespace, pod) (gleaner_mongodb_connections{{state="current"}})
            / sum by (namespace, pod) (gleaner_mongodb_connections) > {_LIMITS.connections_share:g}""",
        hold="5m",
        summary="mongod of {{ $labels.pod }} runs out of connections",
        description=f"""{{{{ $value | humanizePercentage }}}} are in use; from {_LIMITS.connections_share:.0%} on
            clients will be refused soon.""",
        board="gleaner-mongodb",
    ),
    Alert(
        name="MongoDBCachePressure",
        expr=f"""
            sum by (namespace, pod) (gleaner_mongodb_cache_bytes{{kind="dirty"}})
            / sum by (namespace, pod) (gleaner_mongodb_cache_bytes{{kind="limit"}}) > {_LIMITS.cache_dirty_share:g}
            or sum by (namespace, pod) (gleaner_mongodb_cache_bytes{{kind="used"}})
            / sum by (namespace, pod) (gleaner_mongodb_cache_bytes{{kind="limit"}}) > {_LIMITS.cache_used_share:g}""",
        hold="10m",
        summary="The cache of {{ $labels.pod }} is under pressure",
        description=f"""{{{{ $value | humanizePercentage }}}} of it is taken; above
            {_LIMITS.cache_dirty_share:.0%} dirty or {_LIMITS.cache_used_share:.0%} used, clients wait for room.""",
        board="gleaner-mongodb",
    ),
    Alert(
        name="MongoDBReplicationLag",
        expr=f"max by (namespace, pod) (gleaner_mongodb_replication_lag_seconds) > {_LIMITS.lag_seconds:g}",
        hold="5m",
        summary="{{ $labels.pod }} lags behind the primary",
        description=f"""By {{{{ $value | humanizeDuration }}}}; {words(_LIMITS.lag_seconds)} is too much: what it lacks
            is lost if the primary is.""",
        board="gleaner-mongodb",
    ),
    Alert(
        name="StoreUnavailable",
        expr='min by (namespace, pod) (gleaner_dependency_up{dependency="store"}) == 0',
        hold="2m",
        severity="critical",
        summary="{{ $labels.pod }} does not reach its store",
        description="The store has not answered it for two minutes (up: {{ $value }}); it is not ready meanwhile.",
        board="gleaner-mongodb",
    ),
    Alert(
        name="StoreErrors",
        expr=f"""
            sum by (namespace, operation) (rate(gleaner_store_errors_total{{reason!="superseded"}}[5m]))
            > {_LIMITS.store_errors:g}""",
        hold="5m",
        summary="Operation {{ $labels.operation }} of the store fails",
        description=f"""{{{{ $value | humanize }}}} times a second; more than {_LIMITS.store_errors:g} is no
            accident.""",
        board="gleaner-mongodb",
    ),
)
