"""What runs and what it has mounted: containers, claims, Secrets, ConfigMaps; the base with the component export."""

import re
from collections.abc import Iterator
from typing import Any

from pictures.layout import Arrow, Box, Measures, lay
from pictures.svg import draw
from rendered.kustomize import Object, render
from rendered.objects import Workload, named, of_kind, workloads

SHAPE = "base+export"
_HASH = re.compile(r"-[2-9bcdfghkmt]{10}$")  # what kustomize puts behind the name of a generated object
_MEASURES = Measures(width=240, between=180, slot=9)
_LOOKS = {"Claim": "claim", "Secret": "secret", "ConfigMap": "config"}


def workloads_and_volumes() -> str:
    """The picture."""
    objects = render(SHAPE)
    every = list(workloads(objects))
    arrows = [Arrow(one.id, kept, "") for one in every for kept in dict.fromkeys(_kept(one))]
    kept = sorted({arrow.target for arrow in arrows}, key=lambda name: (list(_LOOKS).index(name.split(" ")[0]), name))
    boxes = [Box(one.id, 0, tuple(_lines(one)), "ours") for one in every]
    boxes += [Box(name, 1, tuple(_words(name, objects)), _LOOKS[name.split(" ")[0]]) for name in kept]
    title = "What runs in app-namespace and what it has mounted or reads"
    return draw(lay(boxes, arrows, _MEASURES), boxes, arrows, title=title)


def _lines(one: Workload) -> Iterator[str]:
    """Its kind and name, and each container with its ports."""
    kind, name = one.object["kind"], one.object["metadata"]["name"]
    yield f"{kind} {name}"
    for _, container in one.containers:
        ports = ", ".join(f"{port['containerPort']}" for port in container.get("ports", []))
        yield f"{container['name']}{': ' + ports if ports else ''}"
    yield f"account {one.spec['serviceAccountName']}, no token"


def _kept(one: Workload) -> Iterator[str]:
    """What it mounts or has in its environment, each as kind and name."""
    for volume in one.spec.get("volumes", []):
        yield from _volume(volume)
    for template in one.object["spec"].get("volumeClaimTemplates", []):
        yield f"Claim {template['metadata']['name']}"
    for _, container in one.containers:
        for source in container.get("envFrom", []):
            yield f"ConfigMap {_HASH.sub('', source['configMapRef']['name'])}"


def _volume(volume: dict[str, Any]) -> Iterator[str]:
    if "persistentVolumeClaim" in volume:
        yield f"Claim {volume['persistentVolumeClaim']['claimName']}"
    elif "secret" in volume and not volume["secret"].get("optional"):
        yield f"Secret {volume['secret']['secretName']}"
    elif "configMap" in volume:
        yield f"ConfigMap {_HASH.sub('', volume['configMap']['name'])}"


def _words(name: str, objects: tuple[Object, ...]) -> Iterator[str]:
    """The name; a claim's size and how it is shared besides."""
    yield name
    kind, _, short = name.partition(" ")
    if kind != "Claim":
        return
    claim = named(objects, "PersistentVolumeClaim", short) or _template(objects, short)
    spec = claim["spec"]
    yield f"{spec['resources']['requests']['storage']}, {', '.join(spec['accessModes'])}"


def _template(objects: tuple[Object, ...], name: str) -> Object:
    sets = of_kind(objects, "StatefulSet")
    return next(one for each in sets for one in each["spec"]["volumeClaimTemplates"] if one["metadata"]["name"] == name)
