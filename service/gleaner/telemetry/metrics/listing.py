"""All families that there are."""

import importlib
import pkgutil
from types import ModuleType
from typing import Any

import gleaner.telemetry.metrics as package
from gleaner.telemetry.metrics.registry import Counter, Gauge, Histogram

_NO_AREAS = frozenset({"__main__", "bounds", "exposition", "handover", "listing", "page", "registry"})


def areas() -> dict[str, list[Counter | Gauge | Histogram]]:
    """What each area is about, and its families."""
    found = (module for module in _modules() if _declared(module))
    return {(module.__doc__ or "").strip(): _declared(module) for module in found}


def listed() -> list[dict[str, Any]]:
    """Name as in a query, kind, labels with the values that they may have, and what it means."""
    return [
        {
            "name": family.name,
            "kind": family.kind,
            "labels": {label: bound.words for label, bound in family.labels.items()},
            "help": family.text,
        }
        | ({"buckets": list(family.buckets)} if isinstance(family, Histogram) else {})
        for families in areas().values()
        for family in families
    ]


def _modules() -> list[ModuleType]:
    every = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return [importlib.import_module(f"{package.__name__}.{name}") for name in every if name not in _NO_AREAS]


def _declared(module: ModuleType) -> list[Counter | Gauge | Histogram]:
    return [value for value in vars(module).values() if isinstance(value, Counter | Gauge | Histogram)]
