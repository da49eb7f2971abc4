"""The web as people and programs reach it: by its name, through the ingress controller, with the private CA."""

import base64
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3

from harness.cluster import Cluster
from harness.places import HOST
from harness.waiting import wait_for

Answer = urllib3.BaseHTTPResponse


@dataclass(frozen=True)
class Web:
    """One way in: a pool of connections to the ingress controller that says the web's name."""

    pool: urllib3.HTTPConnectionPool
    token: str
    host: str = HOST

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask as a program does, following nothing."""
        every = {"Host": self.host, "Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body)
        every |= headers or {}
        return self._send(method, path, data, every)

    def use(self) -> None:
        """A request that needs the store; raises when it does not succeed."""
        answer = self.ask("GET", "/api/v1/status")
        assert answer.status == 200, answer.status

    def submit(self, method: str, path: str, fields: Mapping[str, str] | None, headers: Mapping[str, str]) -> Answer:
        """Ask as a browser does, without the token: a form from a page of ours, following nothing."""
        every = {"Host": self.host, "Origin": f"https://{self.host}", **headers}
        sent = None if fields is None else urlencode(fields)
        every |= {} if sent is None else {"Content-Type": "application/x-www-form-urlencoded"}
        return self._send(method, path, sent, every)

    def _send(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Answer:
        return self.pool.request(method, path, body=body, headers=headers, redirect=False, retries=False, timeout=15)

    def get(self, path: str) -> Any:
        """The JSON at a path of the API."""
        answer = self.ask("GET", f"/api/v1{path}")
        assert answer.status == 200, f"{path}: {answer.status} {answer.data[:300]!r}"
        return answer.json()

    def is_routed(self) -> bool:
        """Whether the ingress controller knows of a ready pod: it hears of one a moment after the API server."""
        return self.ask("GET", "/login").status == 200

    def run(self, application: str, *, timeout: float = 90, **parameters: Any) -> dict[str, Any]:
        """Trigger an application and wait until its run has ended; one that is active already is waited for first."""
        return self.ended(self.trigger(application, timeout=timeout, **parameters), timeout=timeout)

    def trigger(self, application: str, *, timeout: float = 90, **parameters: Any) -> str:
        """Queue a run; where it is in the API."""
        order = {"application": application, "parameters": parameters}
        return wait_for(f"{application} to be taken", lambda: self._taken(order), timeout=timeout)

    def ended(self, place: str, *, timeout: float = 90) -> dict[str, Any]:
        """The run at this place, when it has ended."""
        return wait_for(f"the run {place} to end", lambda: self._ended(place), timeout=timeout)

    def _taken(self, order: dict[str, Any]) -> str | None:
        answer = self.ask("POST", "/api/v1/runs", order)
        assert answer.status in {202, 409}, f"{order}: {answer.status} {answer.data[:300]!r}"
        return answer.headers["Location"].partition("/api/v1")[2] if answer.status == 202 else None

    def _ended(self, place: str) -> dict[str, Any] | None:
        found: dict[str, Any] = self.get(place)
        return None if found["state"] in {"queued", "running"} else found


def open_web(cluster: Cluster, authority: str, token: str, *, keep_alive: bool = True, name: str = HOST) -> Web:
    """HTTPS through the ingress controller, checked against the authority (PEM text)."""
    host, port = cluster.https
    pool = urllib3.HTTPSConnectionPool(
        host,
        port,
        ssl_context=ssl.create_default_context(cadata=authority),
        headers=None if keep_alive else {"Connection": "close"},
        maxsize=8,
        server_hostname=name,
        assert_hostname=name,
    )
    return Web(pool, token, name)


def read_authority(cluster: Cluster) -> str:
    """The certificate that people trust once: of the authority that signed the web's."""
    secret = cluster.read("secret", "-n", "cert-manager", "private-ca")
    return base64.b64decode(secret["data"]["ca.crt"]).decode()
