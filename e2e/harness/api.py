"""The API server without kubectl: one pool of connections, quick enough for thousands of dry runs."""

import base64
import json
import ssl
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import urllib3
import yaml

from harness.cluster import Cluster, Object

Given = TypeVar("Given")
Came = TypeVar("Came")
_THREADS = 8


@dataclass(frozen=True)
class Answer:
    """What the API server said: the status, and the object or the refusal."""

    status: int
    body: Object
    warnings: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        return self.status < 400

    @property
    def message(self) -> str:
        return str(self.body.get("message", "")) if not self.accepted else ""


@dataclass(frozen=True)
class Api:
    """Objects by their apiVersion and kind, as the administrator or as somebody else (`user`, `groups`)."""

    address: str
    pool: urllib3.PoolManager
    headers: Mapping[str, str] = field(default_factory=dict)

    def acting_as(self, user: str, groups: Iterable[str] = ()) -> "Api":
        headers = urllib3.HTTPHeaderDict({"Impersonate-User": user})
        for group in groups:
            headers.add("Impersonate-Group", group)
        return Api(self.address, self.pool, headers)

    def create(self, found: Object, *, dry_run: bool = True) -> Answer:
        return self.ask("POST", self.path(found, named=False), found, dry_run=dry_run)

    def update(self, found: Object, subresource: str = "", *, dry_run: bool = True) -> Answer:
        return self.ask("PUT", self.path(found, subresource), found, dry_run=dry_run)

    def merge(self, found: Object, change: Object, subresource: str = "", *, dry_run: bool = True) -> Answer:
        return self.ask("PATCH", self.path(found, subresource), change, dry_run=dry_run)

    def delete(self, found: Object, *, dry_run: bool = True) -> Answer:
        return self.ask("DELETE", self.path(found), None, dry_run=dry_run)

    def read(self, found: Object) -> Answer:
        return self.ask("GET", self.path(found), None, dry_run=False)

    def ask(self, method: str, path: str, body: Object | None, *, dry_run: bool) -> Answer:
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = urllib3.HTTPHeaderDict(self.headers)
        headers["Content-Type"] = kind
        fields = "?dryRun=All" if dry_run else ""
        data = json.dumps(body) if body is not None else None
        came = self.pool.request(method, f"{self.address}{path}{fields}", body=data, headers=headers)
        return Answer(came.status, came.json(), tuple(came.headers.getlist("Warning")))

    def path(self, found: Object, subresource: str = "", *, named: bool = True) -> str:
        """Where an object lives; without a namespace it is in `default`."""
        version = found["apiVersion"]
        plural, is_namespaced = self.resource(version, found["kind"])
        parts = ["apis" if "/" in version else "api", version]
        parts += ["namespaces", found["metadata"].get("namespace", "default")] if is_namespaced else []
        parts += [plural, *([found["metadata"]["name"]] if named else []), *([subresource] if subresource else [])]
        return "/" + "/".join(parts)

    def resource(self, version: str, kind: str) -> tuple[str, bool]:
        """The plural of a kind, and whether its objects live in namespaces."""
        return _resources(self.pool, self.address, version)[kind]


def open_api(cluster: Cluster) -> Api:
    """With the client certificate of the cluster's kubeconfig, as kind writes it."""
    config = yaml.safe_load(cluster.kubeconfig.read_text(encoding="utf-8"))
    server, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    context = ssl.create_default_context(cadata=_decoded(server["certificate-authority-data"]))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "certificate-and-key.pem"
        file.touch(mode=0o600)
        file.write_text(_decoded(user["client-certificate-data"]) + _decoded(user["client-key-data"]), encoding="utf-8")
        context.load_cert_chain(str(file))
    pool = urllib3.PoolManager(maxsize=_THREADS, block=True, ssl_context=context, timeout=30.0, retries=False)
    return Api(server["server"], pool)


def all_at_once(work: Callable[[Given], Came], given: Iterable[Given]) -> list[Came]:
    """The answers in the order of what was given, asked for in a few threads."""
    with ThreadPoolExecutor(_THREADS) as threads:
        return list(threads.map(work, given))


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode()


@cache
def _resources(pool: urllib3.PoolManager, address: str, version: str) -> dict[str, tuple[str, bool]]:
    root = "apis" if "/" in version else "api"
    listed: dict[str, Any] = pool.request("GET", f"{address}/{root}/{version}").json()
    found = [each for each in listed["resources"] if "/" not in each["name"]]
    return {each["kind"]: (each["name"], each["namespaced"]) for each in found}
