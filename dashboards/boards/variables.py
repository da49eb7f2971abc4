"""What a viewer chooses: data sources, a namespace, and on some boards a source, a service or a text to look for."""

from collections.abc import Callable

from boards.grafana import common_model, dashboard, model

PROMETHEUS = common_model.DataSourceRef(type_val="prometheus", uid="${datasource}")
LOKI = common_model.DataSourceRef(type_val="loki", uid="${loki_datasource}")
OURS = 'namespace="$namespace"'
LINES = 'k8s_namespace_name="$namespace"'
SERVICES = ("web", "collector", "mongodb")

Variable = dashboard.DatasourceVariable | dashboard.QueryVariable | dashboard.CustomVariable | dashboard.TextBoxVariable


def chosen(extra: tuple[str, ...]) -> list[Variable]:
    """The variables of a board, in the order of its head."""
    return [
        _source_of("datasource", "Metrics", "prometheus"),
        _source_of("loki_datasource", "Logs", "loki"),
        _source_of("tempo_datasource", "Traces", "tempo"),
        _values("namespace", "Namespace", "label_values(gleaner_build_info, namespace)"),
        *(_EXTRA[name]() for name in extra),
    ]


def _source_of(name: str, label: str, kind: str) -> dashboard.DatasourceVariable:
    return dashboard.DatasourceVariable(name).label(label).type(kind)


def _values(name: str, label: str, query: str) -> dashboard.QueryVariable:
    """New values are looked for whenever the time range changes."""
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(PROMETHEUS)
        .query({"query": query, "refId": "A"})
        .definition(query)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
    )


def _source() -> dashboard.QueryVariable:
    query = 'label_values(gleaner_source_records{namespace="$namespace"}, source)'
    return _all(_values("source", "Source", query))


def _service() -> dashboard.CustomVariable:
    services = dashboard.CustomVariable("service").label("Service").values(",".join(SERVICES))
    everything = model.VariableOption(selected=True, text=["All"], value=["$__all"])
    return services.multi(multi=True).include_all(include_all=True).all_value(".+").current(everything)


def _search() -> dashboard.TextBoxVariable:
    return dashboard.TextBoxVariable("search").label("Text or id").default_value("")


def _all(variable: dashboard.QueryVariable) -> dashboard.QueryVariable:
    everything = model.VariableOption(selected=True, text=["All"], value=["$__all"])
    return variable.multi(multi=True).include_all(include_all=True).all_value(".+").current(everything)


_EXTRA: dict[str, Callable[[], Variable]] = {"source": _source, "service": _service, "search": _search}
