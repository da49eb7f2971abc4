"""Overlays as they are applied: with the image that was built, and the images that this machine has."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from harness.places import MONGO_IMAGE, STATE, TRAEFIK_IMAGE
from harness.shell import run

Patch = dict[str, Any]


def render(overlay: Path, image: str, *, patches: Sequence[Patch] = (), components: Sequence[Path] = ()) -> str:
    """The YAML of an overlay with our images, some components and patches put on top."""
    STATE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=STATE, prefix="render-") as folder:
        text = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [os.path.relpath(overlay, folder)],
            "components": [os.path.relpath(path, folder) for path in components],
            "images": [
                _replaced("gleaner", image),
                _replaced("mongo", MONGO_IMAGE),
                _replaced("traefik", TRAEFIK_IMAGE),
            ],
            "patches": list(patches),
        }
        (Path(folder) / "kustomization.yaml").write_text(yaml.safe_dump(text), encoding="utf-8")
        return run("kubectl", "kustomize", folder)


def documents(manifest: str) -> list[dict[str, Any]]:
    """The objects of a manifest."""
    return [found for found in yaml.load_all(manifest, Loader=yaml.CSafeLoader) if found]


def _replaced(name: str, image: str) -> dict[str, str]:
    new_name, _, tag = image.rpartition(":")
    return {"name": name, "newName": new_name, "newTag": tag}
