"""The rules: each is what the numbers say, fires when it should, and leads to a page that helps."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from boards import rules
from boards.rules.alert import Alert, words
from boards.rules.objectives import WINDOWS
from boards.thresholds import FILE, read_thresholds

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "dashboards/generated"
RUNBOOKS = ROOT / "docs/runbooks"
ALERTS = [alert for area in rules.ALERTS.values() for alert in area]
CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "rules/cases.yaml").read_text())
PARTS = ("Meaning", "Impact", "Look at", "Do")
each_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool program")


def run(*command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", sorted(rules.files()))
def test_the_files_are_what_the_code_says(name: str) -> None:
    """Nobody changes a generated file by hand, and nobody forgets to generate it."""
    assert (GENERATED / "rules" / name).read_text() == rules.files()[name]


def test_no_file_is_left_over() -> None:
    """A group that is gone is gone from the folder."""
    assert {path.name for path in (GENERATED / "rules").glob("*.yaml")} == set(rules.files())


def test_the_operator_gets_the_same() -> None:
    """The PrometheusRule holds exactly the groups of the files."""
    text = (GENERATED / "operator/prometheus-rule.yaml").read_text()
    assert text == rules.prometheus_rule()
    groups = [group for file in rules.files().values() for group in yaml.safe_load(file)["groups"]]
    assert sorted(yaml.safe_load(text)["spec"]["groups"], key=lambda group: group["name"]) == sorted(
        groups, key=lambda group: group["name"]
    )


def test_names_are_unique() -> None:
    """An alert is known by its name."""
    assert len({alert.name for alert in ALERTS}) == len(ALERTS)


@each_alert
def test_an_alert_says_what_where_and_how_much(alert: Alert) -> None:
    """Its text names the thing and the number, and the number that it is held against comes from the one file."""
    assert "$value" in alert.description
    assert "$labels" in alert.summary or alert.name in {"Watchdog", "LogPipelineSilent"}
    for label in re.findall(r"\$labels\.(\w+)", alert.summary + alert.description):
        assert re.search(rf"\b{label}\b", alert.expr), f"{label} is no label of the expression"


@each_alert
def test_a_runbook_helps(alert: Alert) -> None:
    """Meaning, impact, where to look, what to do: in this order, and none of them empty."""
    text = (RUNBOOKS / f"{alert.runbook}.md").read_text()
    assert text.startswith(f"# {alert.name}\n")
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    assert tuple(parts[::2]) == PARTS
    assert all(len(part.split()) >= 5 for part in parts[1::2])


def test_no_runbook_is_left_over() -> None:
    """A page whose alert is gone would be read in vain."""
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == {alert.runbook for alert in ALERTS} | {"README"}


def test_the_list_of_runbooks_is_whole() -> None:
    """The first page leads to each."""
    listed = re.findall(r"\(([\w-]+)\.md\)", (RUNBOOKS / "README.md").read_text())
    assert sorted(listed) == sorted(alert.runbook for alert in ALERTS)


def test_every_alert_has_a_case() -> None:
    """An alert that was never seen to fire may never do."""
    assert sorted(case["alert"] for case in CASES) == sorted(alert.name for alert in ALERTS)


@promtool
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["alert"])
def test_it_is_silent_fires_and_resolves(case: dict[str, Any], tmp_path: Path) -> None:
    """As the times of the case say, and about nothing else than the case's labels."""
    file = tmp_path / "case.yaml"
    file.write_text(yaml.safe_dump(promtool_test(case)))
    run("promtool", "test", "rules", file)


@promtool
def test_a_wrong_case_is_noticed(tmp_path: Path) -> None:
    """A case that says the contrary fails."""
    case = dict(next(case for case in CASES if case["alert"] == "MongoDBDown"))
    case["fires"], case["silent"] = case["silent"], case["fires"]
    file = tmp_path / "case.yaml"
    file.write_text(yaml.safe_dump(promtool_test(case)))
    with pytest.raises(AssertionError):
        run("promtool", "test", "rules", file)


@promtool
def test_promtool_finds_nothing_to_say() -> None:
    """Syntax and its lint rules."""
    run("promtool", "check", "rules", "--lint=all", "--lint-fatal", *sorted((GENERATED / "rules").glob("*.yaml")))


def test_every_window_of_the_objectives_is_recorded() -> None:
    """An alert on a window that nobody records would never fire."""
    recorded = {rule["record"] for rule in yaml.safe_load(rules.files()["recorded.yaml"])["groups"][0]["rules"]}
    used = {name for alert in ALERTS for name in re.findall(r"gleaner:\w+:\w+", alert.expr)}
    assert used <= recorded
    assert len(set(WINDOWS)) * 2 + 2 == len(recorded)


def test_a_mistake_in_the_numbers_is_named(tmp_path: Path) -> None:
    """A key that nobody reads is refused, since it would change nothing."""
    file = tmp_path / "thresholds.yaml"
    file.write_text(FILE.read_text().replace("queue_seconds:", "queue_secnds:"))
    with pytest.raises(ValueError, match="queue_secnds"):
        read_thresholds(file)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(600, "10 minutes"), (3600, "1 hour"), (86400, "1 day"), (90, "90 seconds"), (0.5, "0.5 seconds")],
)
def test_words(seconds: float, said: str) -> None:
    """Thresholds are told as people say them."""
    assert words(seconds) == said


def promtool_test(case: dict[str, Any]) -> dict[str, Any]:
    """One test file of promtool: the state of the alert at each of the times."""
    alert = case["alert"]
    asked = f'ALERTS{{alertname="{alert}",alertstate="firing"}}'
    area, severity = next(
        (area, each.severity) for area, listed in rules.ALERTS.items() for each in listed if each.name == alert
    )
    labels = {"alertname": alert, "alertstate": "firing", "severity": severity, **case["labels"]}
    shown = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    firing = [{"labels": f"ALERTS{{{shown}}}", "value": 1}]

    def at(times: Sequence[str], samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"expr": asked, "eval_time": time, "exp_samples": samples} for time in times]

    silent = [*case.get("silent", []), *case.get("resolved", [])]
    return {
        "rule_files": [str(GENERATED / "rules" / f"{name}.yaml") for name in ("recorded", area)],
        # less than what Prometheus looks back (5 m), since a group may read what another recorded a turn before
        "evaluation_interval": "4m" if "interval" in case else "1m",
        "tests": [
            {
                "interval": case.get("interval", "1m"),
                "input_series": [{"series": name, "values": values} for name, values in case["series"].items()],
                "promql_expr_test": at(case["fires"], firing) + at(silent, []),
            }
        ],
    }
