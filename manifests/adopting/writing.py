"""Writes the folder: the templates filled in, what follows from the bundle's own files, and the copy they build on."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template

from adopting import answers, monitoring, table
from adopting.answers import Answers, Refused
from adopting.copying import copy

ROOT = Path(__file__).parents[2]
TEMPLATES = Path(__file__).parent / "templates"
BUILT_ON = (  # what the folder renders, and what one may choose instead of it
    "manifests/base",
    "manifests/components/ingress",
    "manifests/components/ingress/letsencrypt",
    "manifests/platform/observability",
    "policies/overlays/enforce",
    "policies/overlays/audit",
)


class _Text(Template):
    delimiter = "%"  # kustomize and Kubernetes have use for the dollar


def write(given: Answers, folder: Path, bundle: Path = ROOT) -> None:
    """Make the folder; raises Refused when something is there already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"--to {folder}: it is there and not empty; nothing was written")
    for path, text in files(given, bundle).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    copy(bundle, BUILT_ON, folder / "bundle")


def files(given: Answers, bundle: Path = ROOT) -> dict[str, str]:
    """Path in the folder -> text, without the copy; the same answers give the same texts."""
    words = _words(given)
    found = {
        str(file.relative_to(TEMPLATES)).replace("gitignore", ".gitignore"): _filled(file, words)
        for file in sorted(TEMPLATES.rglob("*"))
        if file.is_file()
    }
    found |= {f"monitoring/{path}": text for path, text in monitoring.files(given, bundle).items()}
    return found | {"isolation.yaml": table.text(given, bundle), answers.FILE: answers.written(given)}


def _filled(file: Path, words: Mapping[str, str]) -> str:
    return _Text(file.read_text(encoding="utf-8")).substitute(words).rstrip("\n") + "\n"


def _words(given: Answers) -> dict[str, str]:
    return {
        "name": given.name,
        "namespace": given.namespace,
        "host": given.host,
        "image": given.image,
        "live": given.live,
        "ready": given.ready,
        "guard": _replaced("gleaner", given.guard_image),
        "mounts": "".join(
            f"    - {{name: {name}, mountPath: /run/{name}, readOnly: true}}\n" for name in given.secrets
        ),
        "volumes": "".join(_volume(name) for name in given.secrets),
        "generators": "".join(f"  - name: {each}\n    files: [value=files/other-{each}]\n" for each in given.secrets),
        "others": "".join(f'"{name}", ' for name in given.secrets).rstrip(" "),
        "watched": ", ".join(monitoring.watched(given)),
        "registries": ", ".join(f'"{each}"' for each in registries([given.image, given.guard_image])),
    }


def registries(images: Iterable[str]) -> list[str]:
    """What full references of these begin with, and of the official images, in the words of the policy `images`."""
    return sorted({"docker.io/library/", *(f"{_full(image).rpartition('/')[0]}/" for image in images)})


def _full(image: str) -> str:
    if re.match(r"([^/]*[.:][^/]*|localhost)/", image):
        return image
    return f"docker.io/{'' if '/' in image else 'library/'}{image}"


def _mount(name: str) -> str:
    return f"    - {{name: {name}, mountPath: /run/{name}, readOnly: true}}\n"


def _generator(name: str) -> str:
    return f"  - name: {name}\n    files: [value=files/other-{name}]\n"


def _volume(name: str) -> str:
    return f"    - name: {name}\n      secret: {{secretName: {name}, defaultMode: 0440}}\n"


def _replaced(name: str, image: str) -> str:
    """An entry of kustomize's `images`."""
    repository, sign, digest = image.partition("@")
    if sign:
        return f"{{name: {name}, newName: {repository}, digest: {digest}}}"
    repository, _, tag = image.rpartition(":")
    return f'{{name: {name}, newName: {repository}, newTag: "{tag}"}}'
