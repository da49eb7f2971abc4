"""One panel as Grafana draws it."""

from collections.abc import Callable

from boards import ways
from boards.grafana import (
    common,
    common_model,
    dashboard,
    heatmap,
    logs,
    loki,
    model,
    prometheus,
    prometheus_model,
    stat,
    table,
    timeseries,
)
from boards.panels import PLAIN, Kind, Panel, Query, Steps
from boards.variables import LOKI, PROMETHEUS

Drawn = heatmap.Panel | logs.Panel | stat.Panel | table.Panel | timeseries.Panel


def draw(panel: Panel, number: int, place: model.GridPos, names: str) -> Drawn:
    """`names` are the reference ids of its queries, in order."""
    drawn = _DRAWN[panel.kind](panel)
    drawn.id(number).title(panel.title).description(panel.text).grid_pos(place).links(list(ways.from_panel(panel)))
    drawn.datasource(LOKI if _asks_loki(panel) else PROMETHEUS)
    if panel.unit:
        drawn.unit(panel.unit)
    for query, name in zip(panel.queries, names, strict=False):
        drawn.with_target(_target(panel, query, name))
    return drawn


def _asks_loki(panel: Panel) -> bool:
    """A stream selector has no name before its braces."""
    return panel.kind == "lines" or "({" in panel.queries[0].expr


def _target(panel: Panel, query: Query, name: str) -> loki.Dataquery | prometheus.Dataquery:
    if _asks_loki(panel):
        asked = loki.Dataquery().datasource(LOKI).expr(query.expr).ref_id(name)
        return asked.query_type("range").legend_format(query.legend or "__auto")
    target = prometheus.Dataquery().datasource(PROMETHEUS).expr(query.expr).ref_id(name)
    if panel.kind == "table":
        return target.instant().format(prometheus_model.PromQueryFormat.TABLE)
    if panel.kind == "heat":
        target.format(prometheus_model.PromQueryFormat.HEATMAP)
    target.range().legend_format(query.legend or "__auto")
    return target.exemplar(exemplar=True) if query.exemplars else target


def _series(panel: Panel) -> timeseries.Panel:
    drawn = timeseries.Panel().legend(_legend()).tooltip(_tooltip()).show_points(common_model.VisibilityMode.NEVER)
    drawn.min(0).fill_opacity(40 if panel.stacked else 8).thresholds(_thresholds(panel.steps))
    if panel.most is not None:
        drawn.max(panel.most)
    if panel.stacked:
        drawn.stacking(common.StackingConfig().mode(common_model.StackingMode.NORMAL).group("A"))
    if panel.steps != PLAIN:
        dashed = common.GraphThresholdsStyleConfig().mode(common_model.GraphThresholdsStyleMode.DASHED)
        drawn.thresholds_style(dashed)
    return drawn


def _number(panel: Panel) -> stat.Panel:
    last = common.ReduceDataOptions().calcs(["lastNotNull"])
    drawn = stat.Panel().reduce_options(last).color_mode(common_model.BigValueColorMode.BACKGROUND)
    return drawn.graph_mode(common_model.BigValueGraphMode.AREA).thresholds(_thresholds(panel.steps))


def _table(panel: Panel) -> table.Panel:
    """Each query brings a column of its own; what has the same labels stands in one line."""
    drawn = table.Panel().thresholds(_thresholds(panel.steps)).filterable(filterable=True)
    drawn.with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
    excluded = dict.fromkeys(("Time", *panel.hidden), True)
    arranged = model.DataTransformerConfig(id_val="organize", options={"excludeByName": excluded})
    drawn.with_transformation(arranged)
    several = len(panel.queries) > 1
    for query, name in zip(panel.queries, "ABCDEFGHIJ", strict=False):
        drawn.override_by_name(f"Value #{name}" if several else "Value", _column(query))
    return drawn


def _column(query: Query) -> list[model.DynamicConfigValue]:
    properties: dict[str, object] = {"displayName": query.column, "unit": query.unit}
    if query.steps != PLAIN:
        steps = [{"value": value, "color": colour} for value, colour in query.steps]
        properties["thresholds"] = {"mode": "absolute", "steps": steps}
        properties["custom.cellOptions"] = {"type": "color-background", "mode": "basic"}
    return [model.DynamicConfigValue(id_val=name, value=value) for name, value in properties.items()]


def _heat(panel: Panel) -> heatmap.Panel:
    return heatmap.Panel().calculate(calculate=False).y_axis(heatmap.YAxisConfig().unit(panel.unit))


def _lines(_: Panel) -> logs.Panel:
    drawn = logs.Panel().show_time(show_time=True).wrap_log_message(wrap_log_message=True)
    drawn.enable_log_details(enable_log_details=True).sort_order(common_model.LogsSortOrder.DESCENDING)
    return drawn


def _thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    listed = [model.Threshold(value=value, color=colour) for value, colour in steps]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(listed)


def _legend() -> common.VizLegendOptions:
    legend = common.VizLegendOptions().show_legend(show_legend=True).placement(common_model.LegendPlacement.BOTTOM)
    return legend.display_mode(common_model.LegendDisplayMode.LIST)


def _tooltip() -> common.VizTooltipOptions:
    return (
        common.VizTooltipOptions().mode(common_model.TooltipDisplayMode.MULTI).sort(common_model.SortOrder.DESCENDING)
    )


_DRAWN: dict[Kind, Callable[[Panel], Drawn]] = {
    "series": _series,
    "number": _number,
    "table": _table,
    "heat": _heat,
    "lines": _lines,
}
