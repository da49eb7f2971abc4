"""Which series there are: their names, labels and, where they are bounded, values."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

KNOWN = Path(__file__).parents[2] / "known"
ON_SCRAPE = ("namespace", "pod", "container", "job", "instance")
JOBS = {"web": "gleaner/web", "collector": "gleaner/collector", "mongodb": "gleaner/mongodb"}
ANY = "*"
_WORD = re.compile(r"`([^`]+)`")


class Known(msgspec.Struct):
    """One name. `family` is the metric that it belongs to; `values` are those of a label, absent: unbounded."""

    family: str
    labels: set[str]
    values: dict[str, set[str]] = {}
    ours: bool = False


Schema = dict[str, Known]
Declared = Mapping[str, Any]  # name, kind, labels (with words about their values), buckets


def ours(texts: Mapping[str, str], declared: Iterable[Declared]) -> Schema:
    """What processes export, from OpenMetrics texts; and what the code declares, where none of them did."""
    schema: Schema = {}
    for process, text in texts.items():
        for family in text_string_to_metric_families(text):  # type: ignore[no-untyped-call]
            for sample in family.samples:
                if not sample.name.endswith("_created"):
                    _learn(schema, process, _family(family.name, sample.name), sample.name, sample.labels)
    seen = own_families(schema)
    for family in declared:
        if family["name"] not in seen:
            _declare(schema, family)
        for known in schema.values():
            if known.family == family["name"]:
                known.values |= _bounds(family)
    return schema


def unprovoked(texts: Mapping[str, str], declared: Iterable[Declared]) -> set[str]:
    """What the code declares and no text shows."""
    return {family["name"] for family in declared} - own_families(ours(texts, []))


def _declare(schema: Schema, family: Declared) -> None:
    name, labels = family["name"], {*family["labels"], *ON_SCRAPE}
    if family["kind"] != "histogram":
        schema[name] = Known(name, labels, ours=True)
        return
    schema |= {f"{name}{ending}": Known(name, set(labels), ours=True) for ending in ("_count", "_sum")}
    limits = {f"{limit:g}" for limit in family["buckets"]} | {"+Inf"}
    schema[f"{name}_bucket"] = Known(name, labels | {"le"}, {"le": limits}, ours=True)


def _bounds(family: Declared) -> dict[str, set[str]]:
    """The values that the code lets a label have, where it names them all."""
    words = {label: text for label, text in family["labels"].items() if text and not _WORD.sub("", text).strip(", ")}
    return {label: set(_WORD.findall(text)) for label, text in words.items()}


def _family(declared: str, sample: str) -> str:
    """The name as the code declares it: a counter's with `_total`."""
    return sample if sample in {f"{declared}_total", f"{declared}_info"} else declared


def _learn(schema: Schema, process: str, family: str, name: str, labels: Mapping[str, str]) -> None:
    known = schema.setdefault(name, Known(family, set(), {"job": set()}, ours=True))
    known.labels |= {*labels, *ON_SCRAPE}
    known.values["job"].add(JOBS.get(process, process))
    if "le" in labels:
        known.values.setdefault("le", set()).add(f"{float(labels['le']):g}".replace("inf", "+Inf"))


def others(folder: Path = KNOWN) -> Schema:
    """What other programs export, from the lists of known names."""
    schema: Schema = {}
    for file in sorted(folder.glob("*.yaml")):
        for name, labels in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            assert name not in schema, f"{file.name}: {name} stands in two lists"
            schema[name] = Known(name, set(labels))
    return schema


def own_labels(schema: Schema) -> set[tuple[str, str]]:
    """(metric, label) of everything that we export, without the labels that a scrape adds."""
    return {(known.family, label) for known in schema.values() if known.ours for label in known.labels - {*ON_SCRAPE}}


def own_families(schema: Schema) -> set[str]:
    return {known.family for known in schema.values() if known.ours}
