"""What an adoption is asked for: names that Kubernetes takes, and that nobody else around has."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = "adopted.yaml"  # in the folder: the answers it was made from
OLD = "app-namespace"  # what the bundle calls the namespace
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")  # RFC 1123
_IMAGE = re.compile(
    r"([a-zA-Z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
    r"(:(?!latest$)[a-zA-Z0-9_][a-zA-Z0-9_.-]*|@sha256:[a-f0-9]{64})"
)
_PATH = re.compile(r"/[-A-Za-z0-9._~/]*")
_ENDINGS = 63 - len("-serving")  # the longest thing that is put behind a name
_TAKEN = frozenset(
    {OLD, "gleaner", "default", "ingress", "cert-manager", "external", "kyverno", "policy-exceptions"}
    | {"monitoring", "monitoring-agent", "longhorn-system"}
)
_USERS = frozenset({"reader", "admin", "exporter", "backup"})  # of MongoDB, beside the one that has the service's name
_OURS = frozenset({"mongodb-credentials", "web-tls"})  # Secrets that the bundle has itself


class Refused(Exception):
    """An answer cannot be taken; the message says which and why."""


@dataclass(frozen=True)
class Answers:
    """Everything that the folder is made from; raises Refused where something cannot be."""

    name: str
    namespace: str
    image: str
    host: str
    guard_image: str
    live: str = "/livez"
    ready: str = "/readyz"
    secrets: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for problem in _problems(self):
            raise Refused(problem)


def _problems(given: Answers) -> list[str]:
    found = [_label("--name", given.name, _ENDINGS), _label("--namespace", given.namespace), _host(given.host)]
    found += [_free("--name", given.name, _TAKEN | _USERS), _free("--namespace", given.namespace)]
    found += [_image("--image", given.image), _image("--guard-image", given.guard_image)]
    found += [_path("--live", given.live), _path("--ready", given.ready)]
    found += [_secret(name) for name in given.secrets]
    found += [_label("--beside", name) for name in given.beside]
    if given.live == given.ready:
        found.append("--live and --ready: a service that waits for its database must not be restarted; give two paths")
    if given.namespace in given.beside:
        found.append(f"--beside {given.namespace}: that is the namespace itself")
    if len(set(given.secrets)) < len(given.secrets):
        found.append("--secret: each name once")
    return [problem for problem in found if problem]


def _label(option: str, text: str, longest: int = 63) -> str:
    if _LABEL.fullmatch(text) and len(text) <= longest:
        return ""
    return f"{option} {text!r}: lower-case letters, digits and '-' between them, {longest} at most (RFC 1123)"


def _free(option: str, text: str, taken: frozenset[str] = _TAKEN) -> str:
    if text not in taken and not text.startswith("kube-"):
        return ""
    return f"{option} {text}: this name is taken by the bundle or the cluster itself"


def _host(text: str) -> str:
    parts = text.split(".")
    if len(text) <= 253 and len(parts) > 1 and all(_LABEL.fullmatch(part) for part in parts):
        return ""
    return f"--host {text!r}: a name with a dot, such as parts.example.com, without a wildcard (RFC 1123)"


def _image(option: str, text: str) -> str:
    if _IMAGE.fullmatch(text):
        return ""
    return f"{option} {text!r}: registry/name:tag or registry/name@sha256:digest, and not latest"


def _path(option: str, text: str) -> str:
    return "" if _PATH.fullmatch(text) else f"{option} {text!r}: a path that begins with '/'"


def _secret(text: str) -> str:
    if text in _OURS:
        return f"--secret {text}: the bundle has a Secret of this name"
    return _label("--secret", text)


def written(answers: Answers) -> str:
    """The file of the answers."""
    values = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(answers).items()}
    return "# What ./task adopt was asked for; its --check reads it.\n" + yaml.safe_dump(values, sort_keys=False)


def read(folder: Path) -> Answers:
    """The answers of a folder that was made before; raises Refused when it has none."""
    try:
        found: dict[str, Any] = yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))
        given: dict[str, Any] = {key: tuple(it) if isinstance(it, list) else it for key, it in found.items()}
        return Answers(**given)
    except (OSError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise Refused(f"{folder} has no {FILE} that can be read: {error}") from None
