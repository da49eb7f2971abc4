"""What every process tells of itself."""

import platform

from gleaner import __version__
from gleaner.telemetry.metrics.bounds import among, at_most
from gleaner.telemetry.metrics.registry import gauge

BUILD = gauge(
    "gleaner_build_info",
    "Always 1: which version of Gleaner runs, on which Python.",
    version=at_most(1, "a version"),
    python=at_most(1, "a version"),
)
HEARTBEAT_AGE = gauge("gleaner_heartbeat_age_seconds", "Seconds since the loop of the runner or guard last went round.")
DEPENDENCY_UP = gauge(
    "gleaner_dependency_up",
    "1 while what the process depends on answers, as `/readyz` says; else 0.",
    dependency=among("store", "shelf", "accounts", "mongod", "set", "users"),
)


def tell_build() -> None:
    BUILD.set(1, __version__, platform.python_version())
