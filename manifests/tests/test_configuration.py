"""The program takes its settings and its catalog as they are rendered."""

from pathlib import Path

import pytest

from gleaner.catalog.load import load_catalog
from gleaner.sample.catalog import demo_catalog
from gleaner.settings import read_settings
from rendered.kustomize import MANIFESTS, Object
from rendered.objects import Workload, ident, of_kind, workloads

KINDS = ("ConfigMap", "Deployment")


def _environment(one: Workload, ours: tuple[Object, ...]) -> dict[str, str]:
    """What the pod's maps put into its environment."""
    maps = {each["metadata"]["name"]: each["data"] for each in of_kind(ours, "ConfigMap")}
    sources = [source["configMapRef"]["name"] for _, each in one.containers for source in each.get("envFrom", [])]
    return {key: value for name in sources for key, value in maps[name].items()}


def _ours(ours: tuple[Object, ...]) -> list[Workload]:
    return [one for one in workloads(ours) if one.object["metadata"]["name"] in {"web", "collector"}]


def test_settings_are_ones_that_exist(ours: tuple[Object, ...]) -> None:
    """Each name and value is taken; a file that a setting names lies in a mounted folder."""
    for one in _ours(ours):
        environment = _environment(one, ours)
        read_settings({name: value for name, value in environment.items() if not name.endswith("_FILE")})
        read_settings({name: str(Path(__file__)) for name in environment if name.endswith("_FILE")})
        mounts = [mount["mountPath"] for _, each in one.containers for mount in each["volumeMounts"]]
        paths = [value for value in environment.values() if value.startswith("/")]
        lost = [path for path in paths if not any(path == mount or path.startswith(f"{mount}/") for mount in mounts)]
        assert not lost, f"{one.id}: {lost}"


def test_ports_are_those_that_are_declared(ours: tuple[Object, ...]) -> None:
    """Where the program listens is where probes, Services and policies look for it."""
    for one in _ours(ours):
        declared = {port["containerPort"] for _, each in one.containers for port in each["ports"]}
        settings = _environment(one, ours)
        bound = {
            int(settings[name].rpartition(":")[2]) for name in ("GLEANER_BIND", "GLEANER_OPS_BIND") if name in settings
        }
        assert declared == bound, one.id
        assert all(settings[name].startswith("0.0.0.0:") for name in ("GLEANER_OPS_BIND",)), one.id


def test_nothing_secret_is_in_a_map(objects: tuple[Object, ...]) -> None:
    """Passwords and keys come from mounted files."""
    problems = [
        f"{ident(each)}: {key}"
        for each in of_kind(objects, "ConfigMap")
        for key in each["data"]
        if any(word in key for word in ("PASSWORD", "SECRET", "TOKEN", "KEY"))
        and not key.endswith("_FILE")
        and key != "GLEANER_SECRETS"
    ]
    assert not problems, "\n".join(problems)


def test_the_catalog_is_read(ours: tuple[Object, ...], tmp_path: Path) -> None:
    """It has sources, and no mistake; each is collected over HTTPS."""
    data = next(each["data"] for each in of_kind(ours, "ConfigMap") if "catalog.yaml" in each["data"])
    (tmp_path / "catalog.yaml").write_text(data["catalog.yaml"])
    catalog = load_catalog(tmp_path)
    assert catalog.sources
    assert data["catalog.yaml"].count("url: https://") == len(catalog.sources)


def test_the_laptops_catalog_is_the_samples(tmp_path: Path) -> None:
    """What a laptop collects is what the sample API's own catalog says, but for address and schedule."""
    (tmp_path / "sample.yaml").write_text(demo_catalog("https://sample-api.external.svc"))
    sample, laptop = load_catalog(tmp_path), load_catalog(MANIFESTS / "overlays/kind/catalog.yaml")
    assert laptop.sources.keys() == sample.sources.keys()
    assert laptop.reports.keys() == sample.reports.keys()
    assert [source.url for source in laptop.sources.values()] == [source.url for source in sample.sources.values()]


@pytest.mark.parametrize("folder", ["base/config", "overlays/kind"])
def test_no_map_is_written_by_hand(folder: str) -> None:
    """ConfigMaps come from files, so that their names follow their content."""
    assert "kind: ConfigMap" not in "".join(file.read_text() for file in (MANIFESTS / folder).glob("*.yaml"))
