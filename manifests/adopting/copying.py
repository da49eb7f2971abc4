"""The part of the bundle that a kustomization stands on, copied as it is: nothing in the copy is ever changed."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

KUSTOMIZATION = "kustomization.yaml"


def copy(bundle: Path, folders: tuple[str, ...], target: Path) -> None:
    """Copy what these folders of the bundle need to render."""
    for file in sorted(reached([bundle / folder for folder in folders])):
        place = target / file.relative_to(bundle)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)


def reached(folders: list[Path]) -> set[Path]:
    """Every file that kustomize reads for these folders, theirs and those of the folders that they name."""
    files: set[Path] = set()
    ahead = [folder.resolve() for folder in folders]
    while ahead:
        folder = ahead.pop()
        if folder / KUSTOMIZATION in files:
            continue
        files.add(folder / KUSTOMIZATION)
        for place in _named(folder):
            (ahead.append if place.is_dir() else files.add)(place)
    return files


def _named(folder: Path) -> Iterator[Path]:
    content: dict[str, Any] = yaml.safe_load((folder / KUSTOMIZATION).read_text(encoding="utf-8"))
    names = [*content.get("resources", []), *content.get("components", [])]
    names += [each["path"] for key in ("patches", "replacements") for each in content.get(key, []) if "path" in each]
    for key in ("configMapGenerator", "secretGenerator"):
        for each in content.get(key, []):
            names += [name.rpartition("=")[2] for name in [*each.get("files", []), *each.get("envs", [])]]
    return ((folder / name).resolve() for name in names)
