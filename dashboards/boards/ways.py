"""The ways on from a panel: to the logs of the same time, from them to traces, and from board to board."""

import json
import re
from urllib.parse import quote

from boards.grafana import dashboard, model
from boards.panels import Panel
from boards.variables import PROMETHEUS

TAG = "gleaner"
_VARIABLE = re.compile(r"%24%7B(\w+)%7D")


def from_panel(panel: Panel) -> list[dashboard.DashboardLink]:
    """Logs first; a panel of log lines has them already."""
    ways = [] if panel.kind == "lines" else [_link("Logs of this time", _logs(panel.service))]
    if panel.traces:
        ways.append(_link("Traces of this time", _traces(panel.service)))
    return ways


def from_board() -> dashboard.DashboardLink:
    """A menu of all boards; namespace and time go along."""
    return (
        dashboard.DashboardLink("Gleaner")
        .type(model.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(as_dropdown=True)
        .include_vars(include_vars=True)
        .keep_time(keep_time=True)
    )


def marks() -> list[dashboard.AnnotationQuery]:
    """What stands on the time axis: rollouts and alerts."""
    changed = 'changes(kube_deployment_status_observed_generation{namespace="$namespace"}[2m]) > 0'
    firing = 'ALERTS{alertstate="firing",severity=~"critical|warning"}'
    return [
        _mark("Rollouts", changed, "blue", "{{deployment}} changed", "deployment"),
        _mark("Alerts", firing, "red", "{{alertname}}", "alertname,severity"),
    ]


def _mark(name: str, expr: str, colour: str, title: str, keys: str) -> dashboard.AnnotationQuery:
    mark = dashboard.AnnotationQuery().name(name).datasource(PROMETHEUS).expr(expr).enable(enable=True)
    return (
        mark.icon_color(colour)
        .title_format(title)
        .tag_keys(keys)
        .step("60s")
        .use_value_for_time(use_value_for_time=False)
    )


def _link(title: str, url: str) -> dashboard.DashboardLink:
    return dashboard.DashboardLink(title).type(model.DashboardLinkType.LINK).url(url)


def _logs(service: str) -> str:
    chosen = f"&var-service={service}" if service else ""
    return f"/d/gleaner-logs?${{namespace:queryparam}}&${{loki_datasource:queryparam}}{chosen}&${{__url_time_range}}"


def _traces(service: str) -> str:
    """Explore with a search in Tempo; Grafana fills in the variables before it opens the page."""
    of_service = f'resource.service.name="{service}"' if service else 'resource.service.namespace="gleaner"'
    source = {"type": "tempo", "uid": "${tempo_datasource}"}
    query = {"refId": "A", "datasource": source, "queryType": "traceql", "query": f"{{{of_service}}}"}
    times = {"from": "${__from}", "to": "${__to}"}
    pane = {"datasource": "${tempo_datasource}", "queries": [query], "range": times}
    state = quote(json.dumps({"a": pane}, separators=(",", ":")), safe="")
    return "/explore?schemaVersion=1&orgId=1&panes=" + _VARIABLE.sub(r"${\1}", state)
