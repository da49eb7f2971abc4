"""What the External Secrets Operator is asked for: the Secrets that pods read, key by key, and nothing else.

Its definitions are not at hand where these tests run, so the fields that are used are held against a list.
"""

import re
from typing import Any

import yaml

from rendered.kustomize import MANIFESTS, Object, components_of
from rendered.objects import ident, of_kind, workloads
from rendered.secrets import BROUGHT, issued, secrets_of

KINDS = ("ExternalSecret",)
_FIELDS = {"refreshInterval", "secretStoreRef", "target", "data", "dataFrom"}
_ALL_OF_IT = {"external-api"}  # the catalog says which keys there are
_NOT_ALWAYS = {"session-token"}  # an entry without it would be an error
_ELSEWHERE = {"sample-api", "load-account"}  # not in app-namespace, the only one that the page's project may fill
_ADDRESSES = {"alert-receivers": {"now", "tomorrow"}}  # the operator of Prometheus reads it, no pod


def _needed(objects: tuple[Object, ...]) -> dict[str, set[str]]:
    """The Secrets of a shape that somebody has to bring, with their keys."""
    named = {name for one in workloads(objects) for name, _ in secrets_of(one)} - issued(objects)
    routes = of_kind(objects, "AlertmanagerConfig")
    return {name: BROUGHT[name] - _NOT_ALWAYS for name in named} | (_ADDRESSES if routes else {})


def _given(each: Object) -> set[str]:
    return {entry["secretKey"] for entry in each["spec"].get("data", [])}


def test_they_are_what_pods_read(application: str, ours: tuple[Object, ...]) -> None:
    """Each Secret that somebody has to bring, with exactly its keys, and no other."""
    found = {each["spec"]["target"]["name"]: _given(each) for each in of_kind(ours, "ExternalSecret")}
    assert bool(found) == ("secrets/external" in components_of(application))
    if found:
        assert found == _needed(ours)


def test_what_the_catalog_names_is_taken_whole(ours: tuple[Object, ...]) -> None:
    """Every property of the entry becomes a key of the Secret, and only there."""
    for each in of_kind(ours, "ExternalSecret"):
        whole = each["metadata"]["name"] in _ALL_OF_IT
        assert whole == ("dataFrom" in each["spec"]) == ("data" not in each["spec"]), ident(each)


def test_the_page_names_every_secret() -> None:
    """Who encrypts them into git finds the same list in the page's example."""
    page = (MANIFESTS.parent / "docs/secrets.md").read_text()
    (example,) = (text for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "kind: ksops" in text)
    files = {name.removesuffix(".yaml") for name in yaml.safe_load(example)["files"]}
    assert files == (BROUGHT.keys() | _ADDRESSES.keys()) - _ELSEWHERE


def test_a_secret_outlives_what_made_it(ours: tuple[Object, ...]) -> None:
    """It has no owner whose end would be its own, and stays when the vault has lost the entry."""
    for each in of_kind(ours, "ExternalSecret"):
        policies = {key: each["spec"]["target"][key] for key in ("creationPolicy", "deletionPolicy")}
        assert policies == {"creationPolicy": "Orphan", "deletionPolicy": "Retain"}, ident(each)


def test_one_store_and_one_entry_each(ours: tuple[Object, ...]) -> None:
    """An overlay brings one SecretStore, and an entry's name is that of the Secret."""
    for each in of_kind(ours, "ExternalSecret"):
        spec, name = each["spec"], each["metadata"]["name"]
        assert each["metadata"]["namespace"] == "app-namespace", ident(each)
        assert spec["secretStoreRef"] == {"kind": "SecretStore", "name": "gleaner"}, ident(each)
        assert {_remote(entry)["key"] for entry in _entries(spec)} == {f"gleaner/{name}"}, ident(each)
        assert spec["target"]["name"] == name, ident(each)


def test_every_field_is_one_of_theirs(ours: tuple[Object, ...]) -> None:
    """Version 1 of the API has these fields; properties have no dot, which is part of a path to some stores."""
    for each in of_kind(ours, "ExternalSecret"):
        spec = each["spec"]
        assert each["apiVersion"] == "external-secrets.io/v1", ident(each)
        assert spec.keys() <= _FIELDS, ident(each)
        assert spec["target"].keys() == {"name", "creationPolicy", "deletionPolicy"}, ident(each)
        assert re.fullmatch(r"[1-9]\d*[smh]", spec["refreshInterval"]), ident(each)
        for entry in _entries(spec):
            assert entry.keys() in ({"extract"}, {"secretKey", "remoteRef"}), ident(each)
            assert _remote(entry).keys() <= {"key", "property"}, ident(each)
            assert re.fullmatch(r"[\w-]+", _remote(entry).get("property", "-")), ident(each)


def _entries(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [*spec.get("data", []), *spec.get("dataFrom", [])]


def _remote(entry: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = entry.get("remoteRef") or entry["extract"]
    return found
