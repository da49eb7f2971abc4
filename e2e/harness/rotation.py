"""Secrets that change while everything runs, as an operator changes them; and a person who stays logged in."""

import json
import re
import secrets
from http.cookies import SimpleCookie

from harness.cluster import Cluster
from harness.places import NAMESPACE
from harness.secrets import Login
from harness.web import Answer, Web
from harness.workloads import LABEL

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def change(cluster: Cluster, secret: str, values: dict[str, str], *readers: str, namespace: str = NAMESPACE) -> None:
    """Change keys of a Secret. The kubelet looks at once for the `readers`' pods, because something changed on them."""
    patch = json.dumps({"stringData": values})
    cluster.kubectl("patch", "secret", secret, "-n", namespace, "--patch-file=/dev/stdin", stdin=patch)
    for reader in readers:
        mark = f"gleaner-e2e/rotation={secrets.token_hex(4)}"
        cluster.kubectl("annotate", "pods", "-n", namespace, "-l", f"{LABEL}={reader}", "--overwrite", mark)


class Visitor:
    """A browser that keeps its cookies."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._cookies: SimpleCookie = SimpleCookie()

    def log_in(self, login: Login) -> None:
        form = dict(_HIDDEN.findall(self._ask("GET", "/login").data.decode()))
        answer = self._ask("POST", "/login", form | {"name": login.user, "password": login.password})
        assert answer.status in {302, 303}, f"{answer.status} {answer.data[:300]!r}"

    def is_known(self) -> bool:
        """Strangers are sent to the log-in."""
        return self._ask("GET", "/").status == 200

    def _ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> Answer:
        """The program's token is left out: what lets in is the cookie."""
        sent = "; ".join(f"{name}={morsel.value}" for name, morsel in self._cookies.items())
        answer = self._web.submit(method, path, fields, {"Cookie": sent})
        for line in answer.headers.getlist("Set-Cookie"):
            self._cookies.load(line)
        return answer
