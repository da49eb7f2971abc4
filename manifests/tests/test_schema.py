"""Every object is what its API takes, in each supported version of Kubernetes; no field would be dropped."""

import functools
import os
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import kubernetes_validate.utils
import pytest
import yaml

from rendered.kustomize import GITOPS, SHAPES, Object, render
from rendered.objects import ident
from rendered.schemas import closed

VERSIONS = ("1.33", "1.34", "1.35", "1.36", "1.37")
_CORE = {
    *("v1", "apps/v1", "batch/v1", "autoscaling/v2", "policy/v1", "networking.k8s.io/v1", "storage.k8s.io/v1"),
    *("scheduling.k8s.io/v1", "rbac.authorization.k8s.io/v1"),
}
_BY_HAND = {"external-secrets.io/v1"}  # where no file defines them: test_external_secrets.py has their fields
_FOLDER = os.environ.get("ADDONS_DIR")


class _Loader(yaml.CSafeLoader):
    """Takes a lone `=` for the text that it is; CRDs have one among their operators."""


_Loader.add_constructor("tag:yaml.org,2002:value", yaml.CSafeLoader.construct_yaml_str)

# The package reads its files anew for each object.
kubernetes_validate.utils.schema_contents = functools.cache(kubernetes_validate.utils.schema_contents)


@functools.cache
def _different() -> tuple[Object, ...]:
    """Every object of every shape, equal ones once."""
    return tuple({repr(each): each for shape in (*SHAPES, *GITOPS) for each in render(shape)}.values())


@functools.cache
def _resources() -> dict[tuple[str, str], Any]:
    """apiVersion and kind -> the schema that the CRD files give; what it does not name would be dropped."""
    groups = {each["apiVersion"].partition("/")[0] for each in _different()}
    found = {}
    for file in Path(_FOLDER or "").rglob("*.yaml"):
        for text in file.read_text().split("\n---"):
            if "kind: CustomResourceDefinition" in text and any(f"group: {group}" in text for group in groups):
                spec = yaml.load(text, Loader=_Loader)["spec"]
                for version in spec["versions"]:
                    name = f"{spec['group']}/{version['name']}"
                    found[name, spec["names"]["kind"]] = closed(version["schema"]["openAPIV3Schema"])
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_it(version: str) -> None:
    """The strict schema of this version has every field, and every value is of its type."""
    problems = []
    for each in _different():
        if each["apiVersion"] not in _CORE:
            continue
        try:
            kubernetes_validate.validate(each, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            problems.append(f"{ident(each)}: {'.'.join(map(str, error.path))}: {error.message[:200]}")
    assert not problems, "\n".join(problems)


def test_custom_resources_are_what_their_definitions_say() -> None:
    """Held against the CRDs of the add-ons, Argo CD's among them."""
    if not _FOLDER:
        pytest.skip("the CRDs of the add-ons: ADDONS_DIR names no folder with them")
    problems = []
    for each in _different():
        if each["apiVersion"] in _CORE:
            continue
        schema = _resources().get((each["apiVersion"], each["kind"]))
        if schema is None and each["apiVersion"] in _BY_HAND:
            continue
        if schema is None:
            problems.append(f"{ident(each)}: no file in ADDONS_DIR defines {each['apiVersion']} {each['kind']}")
            continue
        bare = {key: value for key, value in each.items() if key != "metadata"}  # its schema is the API server's
        schema = {**schema, "required": [key for key in schema.get("required", []) if key != "metadata"]}
        errors = jsonschema.Draft202012Validator(schema).iter_errors(bare)
        problems += [f"{ident(each)}: {'.'.join(map(str, one.path))}: {one.message[:200]}" for one in errors]
    assert not problems, "\n".join(problems)
