"""People reach web by HTTPS alone, under the name that it answers to, with a certificate that somebody signs."""

from typing import Any
from urllib.parse import urlsplit

import yaml

from gleaner.web.security import MAX_BODY
from rendered.kustomize import Object, render
from rendered.objects import ident, named, of_kind

KINDS = ("Ingress", "Gateway", "HTTPRoute", "ClusterIssuer", "Certificate", "Deployment", "ConfigMap")
_ACME = {"letsencrypt": "acme-v02.api.letsencrypt.org", "letsencrypt-staging": "acme-staging-v02.api.letsencrypt.org"}


def _fronts(objects: tuple[Object, ...]) -> list[Object]:
    return of_kind(objects, "Ingress", "Gateway")


def _hosts(front: Object) -> set[str]:
    if front["kind"] == "Ingress":
        return {rule["host"] for rule in front["spec"]["rules"]}
    return {listener["hostname"] for listener in front["spec"]["listeners"]}


def test_every_overlay_has_one_front(application: str, ours: tuple[Object, ...]) -> None:
    """An Ingress or a Gateway, not both: they would quarrel over one certificate."""
    assert len(_fronts(ours)) == (1 if application.startswith("overlays/") else len(_fronts(ours)))
    assert len(_fronts(ours)) <= 1


def test_an_ingress_is_encrypted(ours: tuple[Object, ...]) -> None:
    """Each host has a certificate, a rule for no host at all is not there, and plain HTTP has no way in."""
    for each in of_kind(ours, "Ingress"):
        spec = each["spec"]
        covered = {host for tls in spec.get("tls", []) for host in tls["hosts"]}
        assert _hosts(each) == covered, ident(each)
        assert "defaultBackend" not in spec, ident(each)
        assert all(tls["secretName"] for tls in spec["tls"]), ident(each)
        entry_points = each["metadata"]["annotations"].get("traefik.ingress.kubernetes.io/router.entrypoints")
        assert entry_points == "websecure", f"{ident(each)}: entry points {entry_points}"


def test_a_gateway_serves_nothing_in_the_clear(ours: tuple[Object, ...]) -> None:
    """The HTTPS listener ends TLS with a certificate; all that is attached to the HTTP one is the redirect."""
    for each in of_kind(ours, "Gateway"):
        listeners = {one["name"]: one for one in each["spec"]["listeners"]}
        assert {(one["protocol"], one["port"]) for one in listeners.values()} == {("HTTP", 80), ("HTTPS", 443)}
        assert listeners["https"]["tls"]["mode"] == "Terminate", ident(each)
        assert listeners["https"]["tls"]["certificateRefs"], ident(each)
        assert all(one["allowedRoutes"] == {"namespaces": {"from": "Same"}} for one in listeners.values()), ident(each)
    for route in of_kind(ours, "HTTPRoute"):
        plain = any(parent["sectionName"] == "http" for parent in route["spec"]["parentRefs"])
        backends = [backend for rule in route["spec"]["rules"] for backend in rule.get("backendRefs", [])]
        assert plain != bool(backends), f"{ident(route)}: served in the clear, or not at all"


def test_http_is_redirected(ours: tuple[Object, ...]) -> None:
    """With a Gateway, a route sends every path of the HTTP listener to HTTPS; path and query stay as they are."""
    for gateway in of_kind(ours, "Gateway"):
        routes = [
            one
            for one in of_kind(ours, "HTTPRoute")
            if any(parent["sectionName"] == "http" for parent in one["spec"]["parentRefs"])
        ]
        assert routes, f"{ident(gateway)}: no route redirects"
        for rule in routes[0]["spec"]["rules"]:
            redirect = rule["filters"][0]["requestRedirect"]
            assert redirect == {"scheme": "https", "statusCode": 301}, ident(routes[0])
            assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/"}}], ident(routes[0])


def test_the_laptops_controller_redirects() -> None:
    """With an Ingress, the controller's HTTP entry point does: to the usual port, for good."""
    arguments = _arguments()
    prefix = "--entrypoints.web.http.redirections.entrypoint"
    wanted = {f"{prefix}.to=:443", f"{prefix}.scheme=https", f"{prefix}.permanent=true"}
    assert wanted <= set(arguments), "Deployment/ingress/traefik: no redirect to HTTPS"
    assert "--entrypoints.websecure.http.tls=true" in arguments, "Deployment/ingress/traefik: no TLS"


def test_the_laptops_controller_speaks_no_old_tls() -> None:
    """Nothing under 1.2, and no made-up certificate for a name that has none."""
    assert _dynamic()["tls"]["options"]["default"] == {"minVersion": "VersionTLS12", "sniStrict": True}


def test_the_laptops_controller_asks_another_pod() -> None:
    """Every route has it; no more of a request is kept for it than web would take; nothing is done twice."""
    retry = _dynamic()["http"]["middlewares"]["another-pod"]["retry"]
    assert retry["status"] == ["502"]
    assert retry["maxRequestBodyBytes"] == MAX_BODY
    assert not retry.get("retryNonIdempotentMethod")
    assert "--entrypoints.websecure.http.middlewares=another-pod@file" in _arguments()


def _arguments() -> list[str]:
    deployment = named(render("platform"), "Deployment", "traefik", "ingress")
    assert deployment
    arguments: list[str] = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
    return arguments


def _dynamic() -> dict[str, Any]:
    maps = of_kind(render("platform"), "ConfigMap")
    text = next(each["data"]["dynamic.yaml"] for each in maps if "dynamic.yaml" in each["data"])
    options: dict[str, Any] = yaml.safe_load(text)
    return options


def test_certificates_are_renewed_in_time(objects: tuple[Object, ...]) -> None:
    """A front's certificate is asked for by an annotation, with a new key each time and a month to renew."""
    for each in _fronts(objects):
        annotations = each["metadata"].get("annotations", {})
        assert annotations.get("cert-manager.io/cluster-issuer"), ident(each)
        assert annotations["cert-manager.io/private-key-rotation-policy"] == "Always", ident(each)
        hours = {
            name: int(annotations[f"cert-manager.io/{name}"].removesuffix("h")) for name in ("duration", "renew-before")
        }
        assert 24 * 14 <= hours["renew-before"] < hours["duration"] <= 24 * 100, ident(each)
    for each in of_kind(objects, "Certificate"):
        policy = each["spec"].get("privateKey", {}).get("rotationPolicy")
        assert policy == ("Never" if each["spec"].get("isCA") else "Always"), ident(each)


def test_web_answers_to_the_name_of_its_front(application: str, ours: tuple[Object, ...]) -> None:
    """GLEANER_HOSTS, the rules, and the certificate say the same name; proxies are believed in a network, not all."""
    settings = next(each["data"] for each in of_kind(ours, "ConfigMap") if "GLEANER_HOSTS" in each["data"])
    for front in _fronts(ours):
        assert {settings["GLEANER_HOSTS"]} == _hosts(front), ident(front)
        routes = [host for one in of_kind(ours, "HTTPRoute") for host in one["spec"]["hostnames"]]
        assert set(routes) <= _hosts(front), ident(front)
    if application.startswith("overlays/"):
        assert "GLEANER_PROXIES" in settings, "ConfigMap/settings-web: without it the application sends no HSTS"
        assert not settings["GLEANER_PROXIES"].startswith("0.0.0.0"), "ConfigMap/settings-web"


def test_authorities_are_asked_by_https(objects: tuple[Object, ...]) -> None:
    """An ACME issuer's address is one of Let's Encrypt's, and its name says which."""
    for each in of_kind(objects, "ClusterIssuer"):
        if acme := each["spec"].get("acme"):
            assert urlsplit(acme["server"])[:2] == ("https", _ACME[each["metadata"]["name"]]), ident(each)
