"""Every image is one that can be said again: a pinned tag or a digest."""

import re

from rendered.kustomize import PLATFORMS, Object
from rendered.objects import workloads

KINDS = ("Deployment", "StatefulSet", "DaemonSet")
_TAG = re.compile(r".+:v?\d+(\.\d+){1,2}([-+._][\w.]+)?")
_DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")
_BUILT = "gleaner:dev"  # the laptop's own, which is loaded and never pulled


def test_images_are_pinned(shape: str, objects: tuple[Object, ...]) -> None:
    """A tag with at least two numbers, or a digest; `dev` only on a laptop."""
    local = shape in {"overlays/kind", *PLATFORMS}
    problems = [
        f"{name}: {container['image']}"
        for one in workloads(objects)
        for name, container in one.containers
        if not (_TAG.fullmatch(container["image"]) or _DIGEST.fullmatch(container["image"]))
        and not (local and container["image"] == _BUILT)
    ]
    assert not problems, "\n".join(problems)


def test_what_is_there_is_not_pulled_again(objects: tuple[Object, ...]) -> None:
    """A pinned tag does not change: a node that has it needs no registry to start a pod."""
    problems = [
        name
        for one in workloads(objects)
        for name, container in one.containers
        if container.get("imagePullPolicy") != "IfNotPresent"
    ]
    assert not problems


def test_one_image_serves_all_that_is_ours(ours: tuple[Object, ...]) -> None:
    """web, collector and the guard of mongodb are the same version."""
    images = {
        container["image"]
        for one in workloads(ours)
        for _, container in one.containers
        if container["name"] != "mongod"
    }
    assert len(images) == 1, images
