"""Loki's configuration: keys and types of its reference, what it refuses at its start, and what it should refuse."""

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

LOKI = Path(__file__).parents[1] / "loki"
FILES = {"filesystem": LOKI / "loki.yaml", "bucket": LOKI / "object-storage/loki.yaml"}
WEEK = 168
Config = dict[str, Any]
_TYPES: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "flag": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "duration": lambda value: isinstance(value, str) and bool(re.fullmatch(r"\d+(ms|s|m|h)", value)),
    "size": lambda value: isinstance(value, str) and bool(re.fullmatch(r"\d+(KB|MB|GB)", value)),
    "date": lambda value: isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value)),
    "list": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
}


@pytest.fixture(params=FILES)
def config(request: pytest.FixtureRequest) -> Config:
    return dict(yaml.safe_load(FILES[request.param].read_text()))


def _unknown(value: Any, allowed: Any, path: str) -> Iterator[str]:
    """What is not in the reference, or not of its type."""
    if isinstance(allowed, str):
        if not _TYPES[allowed](value):
            yield f"{path}: {value!r} is no {allowed}"
    elif isinstance(allowed, list):
        for number, one in enumerate(value if isinstance(value, list) else [None]):
            yield from _unknown(one, allowed[0], f"{path}[{number}]")
    elif not isinstance(value, dict):
        yield f"{path}: {value!r} is no map"
    else:
        for key, one in value.items():
            if key not in allowed:
                yield f"{path}.{key}: no such key"
            else:
                yield from _unknown(one, allowed[key], f"{path}.{key}")


def _hours(text: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(m|h)", text).groups()  # type: ignore[union-attr]
    return int(number) / (60 if unit == "m" else 1)


def _refused(config: Config) -> Iterator[str]:
    """What ends Loki at its start, or lets it start and lose something."""
    limits, compactor = config["limits_config"], config["compactor"]
    if not compactor.get("retention_enabled"):
        yield "no retention: everything is kept for ever"
    elif not compactor.get("delete_request_store"):
        yield "retention without delete_request_store"
    if _hours(limits["retention_period"]) < 24:
        yield "a retention of less than a day"
    if not limits.get("allow_structured_metadata"):
        yield "OTLP without structured metadata"
    if "use_thanos_objstore" not in config.get("storage_config", {}):
        yield "use_thanos_objstore is not written out: 4.0 changes it"
    if config["common"]["replication_factor"] != 1:
        yield "more copies than there are processes"
    yield from _refused_periods(config)


def _refused_periods(config: Config) -> Iterator[str]:
    for period in config["schema_config"]["configs"]:
        if period["index"]["period"] != "24h":
            yield "retention needs an index of 24h"
        if (period["store"], period["schema"]) != ("tsdb", "v13"):
            yield "structured metadata needs tsdb and v13"
        if period["object_store"] != config["compactor"].get("delete_request_store"):
            yield "deletions are kept elsewhere than chunks"


def test_every_key_is_one_of_the_references(config: Config) -> None:
    """Loki takes no unknown key and no value of another type; neither do we."""
    problems = list(_unknown(config, yaml.safe_load((LOKI / "reference.yaml").read_text()), "loki"))
    assert not problems, "\n".join(problems)


def test_it_would_start(config: Config) -> None:
    """None of the rules that Loki holds at its start is broken."""
    assert not list(_refused(config))


_BREAKS: dict[str, tuple[str, Any]] = {
    "retention without delete_request_store": ("compactor.delete_request_store", None),
    "no retention: everything is kept for ever": ("compactor.retention_enabled", False),
    "a retention of less than a day": ("limits_config.retention_period", "12h"),
    "retention needs an index of 24h": ("schema_config.configs.0.index.period", "168h"),
    "structured metadata needs tsdb and v13": ("schema_config.configs.0.schema", "v12"),
    "OTLP without structured metadata": ("limits_config.allow_structured_metadata", False),
    "use_thanos_objstore is not written out: 4.0 changes it": ("storage_config", {}),
    "more copies than there are processes": ("common.replication_factor", 3),
    "no such key": ("table_manager", {"retention_period": "168h"}),
    "is no flag": ("auth_enabled", "no"),
    "is no duration": ("limits_config.retention_period", 7),
}


@pytest.mark.parametrize("said", _BREAKS)
def test_a_mistake_is_found(said: str) -> None:
    """Each rule by a configuration that breaks it and nothing else."""
    config = copy.deepcopy(yaml.safe_load(FILES["filesystem"].read_text()))
    path, value = _BREAKS[said]
    *way, last = path.split(".")
    place = config
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[last] = value
    if value is None:
        del place[last]
    problems = list(_unknown(config, yaml.safe_load((LOKI / "reference.yaml").read_text()), "loki"))
    problems = problems or list(_refused(config))
    assert any(said in problem for problem in problems), problems


def test_a_week_is_kept(config: Config) -> None:
    """Retention, look-back and the oldest line that is taken agree."""
    limits = config["limits_config"]
    names = ("retention_period", "max_query_lookback", "reject_old_samples_max_age")
    assert {_hours(limits[name]) for name in names} == {WEEK}


def test_labels_are_few(config: Config) -> None:
    """The defaults are off; what is a label has few values, and the agent sets it."""
    resource = config["limits_config"]["otlp_config"]["resource_attributes"]
    assert resource["ignore_defaults"] is True
    labels = [name for one in resource["attributes_config"] for name in one["attributes"]]
    assert len(labels) <= 5
    assert not {"k8s.pod.name", "service.instance.id", "trace_id", "request_id"} & set(labels)
    agent = (LOKI.parent / "agent/agent.yaml").read_text()
    set_by_the_parser = {"k8s.container.name"}
    assert [name for name in labels if name not in agent and name not in set_by_the_parser] == []


def test_everything_lies_on_the_volume(config: Config) -> None:
    """Each folder is below /loki, the only place that may be written to; rules are read from their ConfigMap."""
    folders = re.findall(r"(/[\w/-]+)", FILES["filesystem"].read_text().split("auth_enabled")[1])
    places = [one for one in folders if one.startswith(("/loki", "/etc", "/tmp", "/var"))]
    assert all(one.startswith(("/loki", "/etc/loki/rules")) for one in places), places
    assert config["common"]["path_prefix"] == "/loki"


def test_it_calls_nobody(config: Config) -> None:
    """No statistics are sent, and alerts go to our Alertmanager."""
    assert config["analytics"]["reporting_enabled"] is False
    assert config["ruler"]["alertmanager_url"] == "http://alertmanager.monitoring.svc:9093"


def test_both_stores_differ_in_the_store_alone() -> None:
    """What is kept, refused and labelled does not depend on where it is kept."""
    one, other = (yaml.safe_load(file.read_text()) for file in FILES.values())
    for part in ("limits_config", "ruler", "analytics", "server", "auth_enabled"):
        assert one[part] == other[part], part


def test_alerts_from_logs_say_what_to_do() -> None:
    """Each has a severity, a summary, a description with the number, and a page that exists."""
    for file in sorted((LOKI / "rules").glob("*.yaml")):
        for rule in [rule for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]:
            assert rule["labels"]["severity"], rule["alert"]
            assert "$value" in rule["annotations"]["description"], rule["alert"]
            assert rule["annotations"]["summary"], rule["alert"]
            page, _, part = rule["annotations"]["runbook_url"].partition("#")
            text = (LOKI.parents[1] / page).read_text()
            assert part in {line.removeprefix("## ").lower() for line in text.splitlines()}, rule["alert"]
