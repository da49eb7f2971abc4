"""`./task diff`: what a change makes of the rendered manifests, object by object, as a unified diff.

Compares two commits, or a commit with the working tree. Exit status: 0 nothing differs, 1 something does, 2 it cannot
be told (no such commit, or a kustomization that does not render).
"""

import argparse
import difflib
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import yaml

from rendered.kustomize import kustomized

ROOT = Path(__file__).parents[1]
_APPLIED = ("overlays/*", "platform/**", "gitops/bootstrap", "gitops/staging", "gitops/production")
PARTS = ("manifests", "dashboards", "policies")  # what a kustomization may point into

Rendered = dict[str, str]  # an object's folder, namespace, kind and name -> its YAML


class CannotTell(Exception):
    """One side cannot be rendered; the message says which and why."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./task diff --", description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("old", metavar="OLD", help="a commit")
    parser.add_argument("new", metavar="NEW", nargs="?", help="another one (else the files as they are now)")
    parser.add_argument("--only", metavar="FOLDER", help="one kustomization of manifests/, such as overlays/production")
    parser.add_argument("--repository", type=Path, default=ROOT, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            before = rendered(_checkout(given.repository, given.old, Path(folder) / "old"), given.only)
            new = _checkout(given.repository, given.new, Path(folder) / "new") if given.new else given.repository
            after = rendered(new, given.only)
    except CannotTell as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if given.only and not before and not after:
        sys.stderr.write(f"manifests/{given.only} has no kustomization on either side\n")
        return 2
    lines = list(differences(before, after))
    sys.stdout.writelines(lines)
    return 1 if lines else 0


def differences(before: Rendered, after: Rendered) -> Iterator[str]:
    """The unified diff of each object that differs, by name; one that is on one side only is all new or all gone."""
    for name in sorted({*before, *after}):
        old, new = (side.get(name, "").splitlines(keepends=True) for side in (before, after))
        yield from difflib.unified_diff(old, new, f"old/{name}", f"new/{name}")


def rendered(checkout: Path, only: str | None) -> Rendered:
    """Every object of what is applied by itself, keys in order; raises CannotTell."""
    found: Rendered = {}
    for folder in _kustomizations(checkout / "manifests", only):
        done = kustomized(checkout / "manifests" / folder)
        if done.returncode:
            raise CannotTell(f"{folder} does not render: {done.stderr.strip()}")
        for each in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader):
            found[f"{folder}/{_name(each)}"] = yaml.safe_dump(each)
    return found


def _kustomizations(manifests: Path, only: str | None) -> list[str]:
    """What is applied by itself; a component is seen in the overlays that have it."""
    if only:
        return [only] if (manifests / only / "kustomization.yaml").exists() else []
    files = [file for folder in _APPLIED for file in manifests.glob(f"{folder}/kustomization.yaml")]
    return sorted(str(file.parent.relative_to(manifests)) for file in files if _is_applied(file))


def _is_applied(kustomization: Path) -> bool:
    return yaml.safe_load(kustomization.read_text(encoding="utf-8")).get("kind") != "Component"


def _name(each: dict[str, Any]) -> str:
    meta = each["metadata"]
    return f"{meta.get('namespace', '-')}/{each['kind']}/{meta['name']}"


def _checkout(repository: Path, commit: str, target: Path) -> Path:
    """The commit's files that are rendered, in a folder of their own; the working tree is left alone."""
    there = [part for part in PARTS if _git(repository, "ls-tree", "--name-only", "--end-of-options", commit, part)]
    with tarfile.open(fileobj=BytesIO(_git(repository, "archive", "--end-of-options", commit, *there))) as archive:
        archive.extractall(target, filter="data")
    return target


def _git(repository: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, check=False)
    if done.returncode:
        raise CannotTell(f"git {arguments[0]}: {done.stderr.decode().strip()}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
