"""Images are built or fetched on this machine and loaded into the nodes; the cluster itself pulls nothing."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterable
from pathlib import Path

from harness.cluster import Cluster
from harness.places import ROOT
from harness.shell import CommandFailed, run

_IMAGE = re.compile(r"""^\s*(?:-\s+)?["']?image["']?:\s*["']?([^"'\s]+)""", re.MULTILINE)
_ARGUMENTS = ("BASE_IMAGE", "PIP_INDEX_URL")  # of the build, taken from the environment where they are set


def build_image(checkout: Path = ROOT) -> str:
    """Build the image of a checkout; its tag is its content, so that a change rolls out and nothing stale runs."""
    return build(checkout, "gleaner", checkout / "service/Dockerfile")


def build(context: Path, name: str, dockerfile: Path | None = None) -> str:
    """Build a folder's image under a name; its tag is its content."""
    given = [f"--build-arg={argument}" for argument in _ARGUMENTS if os.environ.get(argument)]
    file = str(dockerfile or context / "Dockerfile")
    built = run("docker", "build", "--quiet", "--file", file, *given, str(context), timeout=900)
    identity = built.split()[-1]
    tag = f"{name}:{identity.removeprefix('sha256:')[:12]}"
    run("docker", "tag", identity, tag)
    return tag


def images_of(manifest: str) -> list[str]:
    """Every image that a manifest names."""
    return sorted(set(_IMAGE.findall(manifest)))


def load_images(cluster: Cluster, images: Iterable[str]) -> None:
    """Put images on the nodes, fetching those that this machine does not have."""
    wanted = sorted(set(images))
    for image in wanted:
        _have(image)
    if cluster.is_kind:
        run("kind", "load", "docker-image", "--name", cluster.name, *wanted, timeout=400)
    else:
        _import(cluster, wanted)


def can_have(image: str) -> bool:
    """Whether this machine has the image or can fetch it."""
    try:
        _have(image)
    except CommandFailed:
        return False
    return True


def _have(image: str) -> None:
    try:
        run("docker", "image", "inspect", image)
    except CommandFailed:
        run("docker", "pull", "--quiet", image, timeout=600)


def _import(cluster: Cluster, images: list[str]) -> None:
    """Through the shell of a given cluster's node; IMAGE_IMPORT is the command that reads an archive there."""
    command = shlex.split(os.environ.get("IMAGE_IMPORT") or "k3s ctr images import -")
    with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saved:
        subprocess.run([*cluster.shell, *command], stdin=saved.stdout, check=True, timeout=600)
