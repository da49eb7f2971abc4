"""Recording rules and alerts, as files for Prometheus and as one object for its operator."""

from collections.abc import Iterable, Mapping

from boards.rules import cluster, collection, exports, mongodb, objectives, pipeline, runs, shelf, storage
from boards.rules.alert import Alert, Rule, dump, group_list, rule_file

ALERTS: Mapping[str, tuple[Alert, ...]] = {
    "objectives": tuple(objectives.alerts()),
    "collection": collection.ALERTS,
    "runs": runs.ALERTS,
    "shelf": shelf.ALERTS,
    "mongodb": mongodb.ALERTS,
    "storage": storage.ALERTS,
    "exports": exports.ALERTS,
    "cluster": cluster.ALERTS,
    "pipeline": pipeline.ALERTS,
}


def groups() -> Mapping[str, Iterable[Rule]]:
    """Group name -> its rules; what is recorded stands before those who read it."""
    alerts = {f"gleaner-{area}": [alert.rule() for alert in listed] for area, listed in ALERTS.items()}
    return {"gleaner-recorded": list(objectives.recorded()), **alerts}


def files() -> dict[str, str]:
    """File name under generated/rules/ -> text."""
    return {f"{name.removeprefix('gleaner-')}.yaml": rule_file({name: rules}) for name, rules in groups().items()}


def prometheus_rule() -> str:
    """The same for the Prometheus operator."""
    return dump(
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": "gleaner", "labels": {"app.kubernetes.io/part-of": "gleaner"}},
            "spec": {"groups": group_list(groups())},
        }
    )
