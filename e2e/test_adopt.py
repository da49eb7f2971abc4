"""Another Flask service in the bundle, beside Gleaner: the same checks hold for it, by its own names."""

import json
import secrets
import ssl
from concurrent.futures import ThreadPoolExecutor

import pytest
from adopting import panels

from fixtures.adopted import SITE, SPACE, Adopted
from fixtures.deployment import Deployment
from fixtures.outside import placed
from fixtures.table import Seen
from harness import logstore, prometheus, signals
from harness.api import Api
from harness.cluster import Cluster, Object
from harness.isolation import read_table
from harness.processes import first_process
from harness.tls import handshake, redirected
from harness.waiting import wait_for
from harness.workloads import is_ready, name_of, pod_of, restarts

_BOLT = {"name": "bolt", "quantity": 7}


def test_the_service_works(adopted: Adopted, seen: Seen) -> None:
    """What is put with the mounted key is found by its name through the Ingress, and comes from its own database."""
    assert adopted.web.ask("PUT", "/api/parts/1-7", _BOLT).status == 200
    assert adopted.web.ask("GET", "/api/parts/1-7").json() == {"number": "1-7", **_BOLT}
    refused = adopted.web.ask("PUT", "/api/parts/1-7", _BOLT, headers={"Authorization": "Bearer other"})
    assert refused.status == 401
    seen("kept and found; another key is refused")


def test_its_way_in_is_private_and_stays_so(cluster: Cluster, platform: str, adopted: Adopted, seen: Seen) -> None:
    """A certificate for its name by the authority, HTTP leads to HTTPS, and browsers are told to stay there."""
    with handshake(cluster, ssl.create_default_context(cadata=platform), SITE) as connection:
        found = connection.getpeercert()
    assert found
    assert ("DNS", SITE) in found["subjectAltName"]
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(cluster, ssl.create_default_context(), SITE)
    age = adopted.web.ask("GET", "/").headers.get("Strict-Transport-Security", "")
    assert int(age.partition("max-age=")[2] or 0) >= 15_768_000
    seen(redirected(cluster, "/api/parts?a=b%20c", SITE))


def test_who_may_connect_does_and_nobody_else(
    cluster: Cluster, deployment: Deployment, adopted: Adopted, seen: Seen
) -> None:
    """The table of isolation in its namespace, by real connections; Gleaner's own pods are strangers there."""
    table = read_table(adopted.folder / "isolation.yaml", SPACE)
    assert table.is_ours("web")
    with placed(cluster, deployment.image, table) as field:
        seen(field.holds())


def test_a_pod_that_asks_for_more_is_refused(api: Api, adopted: Adopted, seen: Seen) -> None:
    """The namespace has Pod Security at its strictest: a pod as root does not get in."""
    container = {"name": "root", "image": "parts:1", "securityContext": {"runAsUser": 0, "privileged": True}}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "root", "namespace": SPACE}}
    answer = api.create(pod | {"spec": {"containers": [container]}})
    assert answer.status == 403
    assert 'violates PodSecurity "restricted' in answer.message
    seen(answer.message[:80])


def test_every_promised_panel_has_data(cluster: Cluster, adopted: Adopted, seen: Seen) -> None:
    """The dashboards show it when its namespace is chosen: each panel that its metrics and the guard's can fill."""
    wait_for("rates of its requests", lambda: _rates(cluster, adopted), timeout=90)
    exported = set(prometheus.ask(cluster, "label/__name__/values", **{"match[]": f'{{namespace="{SPACE}"}}'}))
    whole = panels.whole(panels.promised() | panels.guards())
    about = [each for each in signals.queries(SPACE) if each.kind == "prometheus" and SPACE in each.text]
    every = [each for each in about if (each.board, each.panel) in whole]
    asked = [each for each in every if not signals.excuse(each, exported)]
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda query: prometheus.course(cluster, query.text), asked)
        empty = [str(query) for query, series in zip(asked, found, strict=True) if not series]
    assert not empty, "\n".join(empty)
    boards = {each.board: sum(other.board == each.board for other in asked) for each in asked}
    assert {"web", "mongodb", "overview"} <= boards.keys()
    seen(", ".join(f"{name}: {number} queries" for name, number in boards.items()))


def test_its_lines_are_found(cluster: Cluster, adopted: Adopted, seen: Seen) -> None:
    """A request's trace id leads to its line in the log store, which nobody was told of this namespace."""
    trace = secrets.token_hex(16)
    head = {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}
    assert adopted.web.ask("GET", "/api/parts", headers=head).status == 200
    has_loki = adopted.platform.has("loki")
    found = wait_for("the line", lambda: logstore.lines_of(cluster, trace, loki=has_loki), timeout=60)
    assert SPACE in json.dumps(found[0])
    seen(f"{trace} in {len(found)} line")


def test_it_outlives_its_database(cluster: Cluster, adopted: Adopted, seen: Seen) -> None:
    """While MongoDB stands still it is unready, alive and not restarted, and it is ready again by itself."""
    before = pod_of(cluster, "web", SPACE)
    mongod = first_process(cluster, pod_of(cluster, "mongodb", SPACE), "mongod")
    cluster.node("kill", "-STOP", mongod)
    try:
        wait_for("web to be unready", lambda: not is_ready(pod_of(cluster, "web", SPACE)), timeout=90)
        assert _says(cluster, before, "/livez") == 200
        assert _says(cluster, before, "/readyz") == 503
    finally:
        cluster.node("kill", "-CONT", mongod)
    wait_for("web to be ready", lambda: is_ready(pod_of(cluster, "web", SPACE)), timeout=120)
    wait_for("the way in", lambda: adopted.web.ask("GET", "/api/parts/1-7").json()["quantity"] == 7, timeout=60)
    after = pod_of(cluster, "web", SPACE)
    assert (name_of(after), restarts(after)) == (name_of(before), restarts(before))
    seen("unready and alive, no restart, ready again with what it had")


def _rates(cluster: Cluster, adopted: Adopted) -> bool:
    """Traffic of each kind, until a rate is seen of it."""
    for path in ("/", "/api/parts", "/api/parts/1-7", "/api/parts/none"):
        adopted.web.ask("GET", path)
    return bool(prometheus.value(cluster, f'sum(rate(gleaner_http_requests_total{{namespace="{SPACE}"}}[1m])) > 0'))


def _says(cluster: Cluster, pod: Object, path: str) -> int:
    """What the process itself answers, asked in its pod by its address as the kubelet does."""
    code = """if True:
        import sys, urllib.request, urllib.error
        try:
            print(urllib.request.urlopen(sys.argv[1], timeout=10).status)
        except urllib.error.HTTPError as error:
            print(error.code)
    """
    address = f"http://{pod['status']['podIP']}:8000{path}"
    return int(cluster.kubectl("exec", "-n", SPACE, name_of(pod), "--", "python", "-c", code, address))
