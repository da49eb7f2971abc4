"""Staging is production once over: what differs is a table of docs/environments.md, and this is what it says."""

import re
from typing import Any

import pytest
import yaml

from rendered.kustomize import MANIFESTS, Object, components_of, render
from rendered.objects import amount, claims, ident, named, of_kind, workloads

KINDS = (
    *("AlertmanagerConfig", "ResourceQuota", "LimitRange", "ClusterIssuer", "StorageClass", "HorizontalPodAutoscaler"),
)
ENVIRONMENTS = ("staging", "production")
PAGE = MANIFESTS.parent / "docs/environments.md"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def there(environment: str) -> tuple[Object, ...]:
    return render(f"overlays/{environment}")


def _one(objects: tuple[Object, ...], kind: str) -> Object:
    (found,) = of_kind(objects, kind)
    return found


def _pods(objects: tuple[Object, ...], name: str) -> str:
    found = next(one for one in workloads(objects) if one.object["metadata"]["name"] == name)
    scaler = next(iter(of_kind(objects, "HorizontalPodAutoscaler")), None)
    if found.replicas is None and scaler:
        return f"{scaler['spec']['minReplicas']} to {scaler['spec']['maxReplicas']}"
    return str(found.replicas)


def _volume(objects: tuple[Object, ...], name: str) -> str:
    """The size and class of a claim, and how many copies of a block Longhorn keeps."""
    spec = claims(objects)[name]["spec"]
    found = named(objects, "StorageClass", spec["storageClassName"], None)
    assert found, name
    copies = found["parameters"]["numberOfReplicas"]
    return f"{spec['resources']['requests']['storage']}, `{spec['storageClassName']}` ({copies})"


def _setting(objects: tuple[Object, ...], name: str, key: str) -> str:
    """A value of a ConfigMap whose name has a hash."""
    (found,) = (each for each in of_kind(objects, "ConfigMap") if each["metadata"]["name"].startswith(f"{name}-"))
    return str(found["data"][key])


def _told(objects: tuple[Object, ...], severity: str) -> str:
    """The receiver of an alert of this severity."""
    route = _one(objects, "AlertmanagerConfig")["spec"]["route"]
    for each in route.get("routes", []):
        if {"name": "severity", "value": severity} in each["matchers"]:
            return str(each["receiver"])
    return str(route["receiver"])


def _facts(objects: tuple[Object, ...]) -> dict[str, str]:
    quota = _one(objects, "ResourceQuota")["spec"]["hard"]
    limits = {each["type"]: each for each in _one(objects, "LimitRange")["spec"]["limits"]}
    largest = limits["Container"]["max"]
    return {
        "host": f"`{_one(objects, 'Ingress')['spec']['rules'][0]['host']}`",
        "signed by": f"`{_one(objects, 'ClusterIssuer')['metadata']['name']}`",
        **{f"pods of `{name}`": _pods(objects, name) for name in ("web", "collector", "mongodb")},
        **{f"claim `{name}`": _volume(objects, name) for name in ("data", "reports", "logs")},
        "exports go to": f"`{_setting(objects, 'export-s3', 'EXPORT_TO')}`",
        "quota: pods": quota["pods"],
        "quota: CPU, requests and limits": f"{quota['requests.cpu']}, {quota['limits.cpu']}",
        "quota: memory, requests and limits": f"{quota['requests.memory']}, {quota['limits.memory']}",
        "quota: claims and their sum": f"{quota['persistentvolumeclaims']}, {quota['requests.storage']}",
        "largest container": f"{largest['cpu']} cores, {largest['memory']}",
        "largest claim": limits["PersistentVolumeClaim"]["max"]["storage"],
        "critical alerts go to": f"`{_told(objects, 'critical')}`",
        "other alerts go to": f"`{_told(objects, 'warning')}`",
    }


def _table() -> dict[str, dict[str, str]]:
    """The page's table: environment -> what -> value."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    first = next(index for index, row in enumerate(rows) if row[1:] == list(ENVIRONMENTS))
    return {
        name: {row[0]: row[column] for row in rows[first + 1 :] if len(row) == len(ENVIRONMENTS) + 1}
        for column, name in enumerate(ENVIRONMENTS, 1)
    }


def test_the_page_says_what_differs(environment: str, there: tuple[Object, ...]) -> None:
    """Each line of the table is what is rendered, and no line is missing."""
    assert _table()[environment] == _facts(there)


def test_production_is_staging_several_times() -> None:
    """Staging has every component that production has, but for the one that makes several of each."""
    staging, production = (set(components_of(f"overlays/{name}")) for name in ENVIRONMENTS)
    assert production - staging == {"scale-out", "scale-out/replicas", "scale-out/shared-reports"}
    assert staging <= production


def test_the_digest_is_the_whole_of_its_file(environment: str) -> None:
    """A promotion changes one line of one file: no other says which image, by tag or by digest."""
    folder = MANIFESTS / "overlays" / environment
    (image,) = yaml.safe_load((folder / "digest/kustomization.yaml").read_text())["images"]
    assert image.keys() == {"name", "digest"}
    assert _DIGEST.fullmatch(image["digest"])
    overlay: dict[str, Any] = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert overlay["components"][-1] == "digest", "what comes after it keeps the image without a digest"
    assert [each.keys() for each in overlay["images"]] == [{"name", "newName"}]


def test_every_pod_of_ours_runs_the_digest(environment: str, there: tuple[Object, ...]) -> None:
    """Each container but mongod's has the image of the file, in the registry of the overlay."""
    text = (MANIFESTS / "overlays" / environment / "digest/kustomization.yaml").read_text()
    (digest,) = _DIGEST.findall(text)
    images = {
        name: container["image"]
        for one in workloads(there)
        for name, container in one.containers
        if container["name"] != "mongod"
    }
    assert set(images.values()) == {f"registry.example.com/gleaner@{digest}"}, images


def test_environments_are_apart() -> None:
    """Host, issuer and the account with Let's Encrypt: nothing of one is the other's."""
    seen = []
    for name in ENVIRONMENTS:
        objects = render(f"overlays/{name}")
        issuer = _one(objects, "ClusterIssuer")
        account = issuer["spec"]["acme"]["privateKeySecretRef"]["name"]
        seen.append((_facts(objects)["host"], issuer["metadata"]["name"], account))
    assert all(ours != others for ours, others in zip(*seen, strict=True)), seen


def test_staging_is_the_smaller_one() -> None:
    """No bound of staging is wider than production's: what breaks there has broken here."""
    bounds = []
    for name in ENVIRONMENTS:
        objects = render(f"overlays/{name}")
        limits = {each["type"]: each["max"] for each in _one(objects, "LimitRange")["spec"]["limits"]}
        flat = {f"{kind} {what}": value for kind, most in limits.items() for what, value in most.items()}
        bounds.append(_one(objects, "ResourceQuota")["spec"]["hard"] | flat)
    small, large = bounds
    assert small.keys() == large.keys()
    shut = {"services.nodeports", "services.loadbalancers"}
    assert [key for key in small if key not in shut and amount(small[key]) >= amount(large[key])] == []


def test_claims_fit_into_the_quota(application: str, ours: tuple[Object, ...]) -> None:
    """Each claim is within the bounds for one, and all together leave a quarter of the sum."""
    limits = {each["type"]: each for each in _one(ours, "LimitRange")["spec"]["limits"]}["PersistentVolumeClaim"]
    taken = 0.0
    for name, claim in claims(ours).items():
        size = amount(claim["spec"]["resources"]["requests"]["storage"])
        assert amount(limits["min"]["storage"]) <= size <= amount(limits["max"]["storage"]), name
        taken += size * _times(ours, name)
    assert taken * 4 / 3 <= amount(_one(ours, "ResourceQuota")["spec"]["hard"]["requests.storage"]), application


def _times(ours: tuple[Object, ...], claim: str) -> int:
    """How many there are of a claim: one for each member, or for each pod that has a volume of its own."""
    if claim == "data":
        return int(_pods(ours, "mongodb"))
    shared = {each["metadata"]["name"] for each in of_kind(ours, "PersistentVolumeClaim")}
    return 1 if claim in shared else int(_pods(ours, "web").rpartition(" ")[2])


def test_receivers_are_there_and_their_secret_is_told_of(environment: str, there: tuple[Object, ...]) -> None:
    """Routes name receivers that exist, none is there for nobody, and each address is in a Secret of the README."""
    config = _one(there, "AlertmanagerConfig")["spec"]
    named_ones = {config["route"]["receiver"], *(each["receiver"] for each in config["route"].get("routes", []))}
    assert {each["name"] for each in config["receivers"]} == named_ones, environment
    readme = (MANIFESTS / "README.md").read_text()
    for receiver in config["receivers"]:
        for way in receiver["webhookConfigs"]:
            assert way.keys() == {"sendResolved", "urlSecret"}, "an address in the clear"
            assert f"`{way['urlSecret']['name']}`" in readme
            assert way["urlSecret"]["key"] == receiver["name"]


def test_an_alert_hides_what_it_hides_on_a_laptop(there: tuple[Object, ...]) -> None:
    """The inhibitions are those of the laptop's Alertmanager, which other tests hold against the alerts."""
    laptop = yaml.safe_load((MANIFESTS / "platform/observability/alertmanager/alertmanager.yaml").read_text())
    wanted = [
        (set(rule["source_matchers"]), set(rule["target_matchers"]), rule["equal"]) for rule in laptop["inhibit_rules"]
    ]
    found = [
        (_matchers(rule["sourceMatch"]), _matchers(rule["targetMatch"]), rule["equal"])
        for rule in _one(there, "AlertmanagerConfig")["spec"]["inhibitRules"]
    ]
    assert found == wanted, ident(_one(there, "AlertmanagerConfig"))


def _matchers(listed: list[dict[str, str]]) -> set[str]:
    return {f'{each["name"]}="{each["value"]}"' for each in listed}
