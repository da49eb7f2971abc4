"""The numbers that alerts and panels share, from `dashboards/thresholds.yaml`."""

from pathlib import Path

import msgspec

FILE = Path(__file__).parents[1] / "thresholds.yaml"


class Links(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands before the name of a dashboard and of a runbook."""

    dashboards: str
    runbooks: str


class Objectives(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of answers over 30 days."""

    availability: float
    latency: float
    latency_seconds: float
    least_bad: int


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Durations as Prometheus writes them; the budget burns `factor` times as fast as it may."""

    long: str
    short: str
    factor: float


class Burn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Windows that wake somebody, and windows that can wait for the morning."""

    fast: tuple[Window, ...]
    slow: tuple[Window, ...]


class Sources(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Collecting."""

    stale_schedules: float
    stale_seconds: float
    failed_attempts: int
    bad_share: float


class Runs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The queue and who works on it."""

    failed_reports: int
    queue_seconds: float
    heartbeat_seconds: float


class Shelf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The volume with the reports; shares are free of the whole."""

    filling_share: float
    filling_seconds: float
    full_share: float
    retention_seconds: float


class MongoDB(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The database and the way to it."""

    connections_share: float
    cache_dirty_share: float
    cache_used_share: float
    lag_seconds: float
    store_errors: float


class Volumes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every claim; shares are free of the whole."""

    filling_share: float
    filling_seconds: float
    full_share: float


class Exports(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The component `export`."""

    old_seconds: float


class Cluster(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pods and certificates."""

    restarts: int
    certificate_seconds: float
    certificate_end_seconds: float


class Policies(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What Kyverno refuses."""

    denials: int


class Pipeline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Logs, traces and metrics themselves."""

    dropped_lines: int


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    links: Links
    namespaces: str
    objectives: Objectives
    burn: Burn
    sources: Sources
    runs: Runs
    shelf: Shelf
    mongodb: MongoDB
    volumes: Volumes
    exports: Exports
    cluster: Cluster
    policies: Policies
    pipeline: Pipeline


def read_thresholds(file: Path = FILE) -> Thresholds:
    """Raises msgspec.ValidationError when a number is missing, of the wrong kind, or not known."""
    return msgspec.yaml.decode(file.read_bytes(), type=Thresholds)


THRESHOLDS = read_thresholds()
