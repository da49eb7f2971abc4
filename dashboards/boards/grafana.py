"""Grafana's builders, imported in this one place: the classic model, which is what files can bring to a Grafana.

The package calls it deprecated while it is imported; Grafana's newer model cannot be provisioned from files.
"""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.builders import (
        common,
        dashboard,
        heatmap,
        logs,
        loki,
        prometheus,
        stat,
        table,
        timeseries,
    )
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.models import common as common_model
    from grafana_foundation_sdk.models import dashboard as model
    from grafana_foundation_sdk.models import prometheus as prometheus_model

__all__ = [
    "JSONEncoder",
    "common",
    "common_model",
    "dashboard",
    "heatmap",
    "logs",
    "loki",
    "model",
    "prometheus",
    "prometheus_model",
    "stat",
    "table",
    "timeseries",
]
