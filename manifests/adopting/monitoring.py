"""What Prometheus must be told of another namespace: whom it asks, and whose pods and volumes its alerts are about."""

from pathlib import Path

from adopting.answers import OLD, Answers

_SCRAPES = "manifests/platform/observability/prometheus/prometheus.yaml"
_RULES = "dashboards/generated/rules"
_ABSENT = " or ".join(f'absent(up{{job="gleaner/{job}"}})' for job in ("web", "collector", "mongodb"))


class Changed(Exception):
    """The bundle's file no longer has what is replaced in it: this module has to follow."""


def watched(given: Answers) -> list[str]:
    """The namespaces whose ops ports Prometheus asks."""
    return [given.namespace, *given.beside]


def files(given: Answers, bundle: Path) -> dict[str, str]:
    """Path under monitoring/ -> text."""
    spaces = watched(given)
    scrapes = _replaced(bundle / _SCRAPES, f"names: [{OLD}]", f"names: [{', '.join(spaces)}]", times=1)
    about = {name: _replaced(bundle / _RULES / name, f'"{OLD}|', f'"{"|".join(spaces)}|') for name in _ABOUT}
    missing = _replaced(bundle / _RULES / "pipeline.yaml", _ABSENT, _all_absent(given), times=1)
    return {
        "prometheus.yaml": scrapes,
        **{f"rules/{name}": text for name, text in about.items()},
        "rules/pipeline.yaml": missing,
    }


_ABOUT = ("cluster.yaml", "exports.yaml", "storage.yaml")  # rules that speak of a cluster's objects by namespace


def _all_absent(given: Answers) -> str:
    """Each target by its namespace: one that answers elsewhere must not hide that this one is gone."""
    jobs = [(given.namespace, job) for job in ("web", "mongodb")]
    jobs += [(OLD, job) for job in ("web", "collector", "mongodb") if OLD in given.beside]
    return " or ".join(f'absent(up{{job="gleaner/{job}",namespace="{space}"}})' for space, job in jobs)


def _replaced(file: Path, old: str, new: str, times: int | None = None) -> str:
    text = file.read_text(encoding="utf-8")
    found = text.count(old)
    if not found or (times and found != times):
        raise Changed(f"{file}: {old!r} stands in it {found} times")
    return text.replace(old, new)
