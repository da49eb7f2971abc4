"""What the laptop's platform is configured with, held against the programs themselves and against rules and boards."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PLATFORM = ROOT / "manifests/platform/observability"
JOBS = {"gleaner/web", "gleaner/collector", "gleaner/mongodb"}


def _read(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((PLATFORM / name).read_text()))


def _program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        pytest.skip(f"no {name} in PATH")
    return found


def _says(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_takes_its_configuration(tmp_path: Path) -> None:
    """promtool checks it with the rules; only the token's file, which a pod has, is another one."""
    text = (PLATFORM / "prometheus/prometheus.yaml").read_text()
    token = tmp_path / "token"
    token.touch()
    text = text.replace("/var/run/secrets/kubernetes.io/serviceaccount/token", str(token))
    text = text.replace("/etc/prometheus-rules/", f"{ROOT}/dashboards/generated/rules/")
    (tmp_path / "prometheus.yaml").write_text(text)
    said = _says(_program("promtool"), "check", "config", tmp_path / "prometheus.yaml")
    assert said.count("rules found") == len(list((ROOT / "dashboards/generated/rules").glob("*.yaml")))


def test_alertmanager_takes_its_configuration() -> None:
    """amtool reads routes, inhibitions and receivers."""
    _says(_program("amtool"), "check-config", PLATFORM / "alertmanager/alertmanager.yaml")


@pytest.mark.parametrize(("severity", "receiver"), [("critical", "now"), ("warning", "tomorrow"), ("none", "watchdog")])
def test_each_severity_has_its_way(severity: str, receiver: str) -> None:
    """Who is told depends on the severity alone."""
    config = PLATFORM / "alertmanager/alertmanager.yaml"
    said = _says(
        _program("amtool"),
        "config",
        "routes",
        "test",
        f"--config.file={config}",
        "alertname=Any",
        f"severity={severity}",
    )
    assert said.strip() == receiver


def test_inhibitions_name_alerts_that_exist() -> None:
    """A rule of an alert that was renamed would hold back nothing, or everything for ever."""
    groups = [
        group
        for file in (ROOT / "dashboards/generated/rules").glob("*.yaml")
        for group in yaml.safe_load(file.read_text())["groups"]
    ]
    alerts = {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}
    named = re.findall(r'alertname="(\w+)"', (PLATFORM / "alertmanager/alertmanager.yaml").read_text())
    assert set(named) - alerts == set()


def test_jobs_are_called_as_rules_call_them() -> None:
    """Those of ours; and the objects' own namespaces count where an exporter speaks of others."""
    config = _read("prometheus/prometheus.yaml")
    scrapes = {each["job_name"]: each for each in config["scrape_configs"]}
    assert scrapes.keys() >= JOBS
    for name in ("kube-state-metrics", "cert-manager", "kubelet", "cadvisor", "longhorn"):
        assert scrapes[name]["honor_labels"] is True, name
    for name in JOBS:
        assert scrapes[name]["sample_limit"] == 20_000, name


def test_what_boards_and_rules_ask_is_not_thrown_away() -> None:
    """Every known name of the kubelet and of cAdvisor passes the list of what is kept."""
    scrapes = {each["job_name"]: each for each in _read("prometheus/prometheus.yaml")["scrape_configs"]}
    for job in ("kubelet", "cadvisor"):
        known = yaml.safe_load((ROOT / f"dashboards/known/{job}.yaml").read_text())
        kept = scrapes[job]["metric_relabel_configs"][0]["regex"]
        assert [name for name in known if not re.fullmatch(kept, name)] == []


def test_sources_lead_to_each_other() -> None:
    """From an exemplar to a trace, from a trace to its lines, from a line to its trace: by uids that are there."""
    sources = {each["uid"]: each for each in _read("grafana/sources.yaml")["datasources"]}
    assert sources.keys() == {"prometheus", "loki", "tempo", "alertmanager"}
    text = (PLATFORM / "grafana/sources.yaml").read_text()
    assert set(re.findall(r"datasourceUid: (\w+)", text)) <= sources.keys()
    assert sources["loki"]["jsonData"]["derivedFields"][0]["matcherType"] == "label"
    assert not re.search(r"(?<!\$)\$\{", text), "provisioning would replace it: write $$"
    interval = _read("prometheus/prometheus.yaml")["global"]["scrape_interval"]
    assert sources["prometheus"]["jsonData"]["timeInterval"] == interval


def test_exemplars_are_kept() -> None:
    """Prometheus forgets them unless it is told not to."""
    assert "--enable-feature=exemplar-storage" in (PLATFORM / "prometheus/deployment.yaml").read_text()


def test_nobody_logs_in_and_nobody_changes() -> None:
    """Grafana shows everything to everyone as a viewer, has no administrator, and fetches nothing."""
    docs = list(yaml.safe_load_all((PLATFORM / "grafana/deployment.yaml").read_text()))
    container = next(each for each in docs if each["kind"] == "Deployment")["spec"]["template"]["spec"]["containers"][0]
    said = {each["name"]: each["value"] for each in container["env"]}
    wanted = {
        "GF_AUTH_ANONYMOUS_ENABLED": "true",
        "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
        "GF_AUTH_BASIC_ENABLED": "false",
        "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION": "true",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_PLUGINS_PREINSTALL_DISABLED": "true",
    }
    assert wanted.items() <= said.items()
    home = said["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"].rpartition("/")[2]
    assert (ROOT / "dashboards/generated/grafana" / home).exists()


def test_loki_is_asked_before_it_starts() -> None:
    """The init container is the same image with the same file, and verifies it."""
    docs = list(yaml.safe_load_all((PLATFORM / "loki/deployment.yaml").read_text()))
    spec = next(each for each in docs if each["kind"] == "Deployment")["spec"]["template"]["spec"]
    verify, loki = spec["initContainers"][0], spec["containers"][0]
    assert verify["image"] == loki["image"]
    assert set(verify["args"]) - set(loki["args"]) == {"-verify-config"}
    assert verify["args"][0] == loki["args"][0]
