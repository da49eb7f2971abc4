"""The way in: a certificate that people can check, no old protocol, no plain HTTP, renewal that nobody notices."""

import json
import ssl
from datetime import UTC, datetime

import pytest

from fixtures.deployment import Deployment
from fixtures.table import Seen
from harness.cluster import Cluster
from harness.load import constant_load
from harness.places import HOST, NAMESPACE
from harness.secrets import Login
from harness.tls import handshake, redirected
from harness.waiting import wait_for
from harness.web import Web, open_web

_CERTIFICATE = "web-tls"


def _served(cluster: Cluster, authority: str) -> str:
    """The serial number of the certificate that is served now."""
    with handshake(cluster, ssl.create_default_context(cadata=authority)) as connection:
        found = connection.getpeercert()
    assert found
    return str(found["serialNumber"])


def test_the_certificate_leads_to_the_private_authority(
    cluster: Cluster, deployment: Deployment, platform: str, seen: Seen
) -> None:
    """Who trusts the authority gets a chain and the right name; who does not, gets no connection."""
    with handshake(cluster, ssl.create_default_context(cadata=platform)) as connection:
        found = connection.getpeercert()
    assert found
    assert ("DNS", HOST) in found["subjectAltName"]
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(cluster, ssl.create_default_context())
    seen(f"issued by {found['issuer'][-1][0][1]} until {found['notAfter']}")


def test_another_name_gets_no_connection(cluster: Cluster, platform: str, deployment: Deployment, seen: Seen) -> None:
    """There is no certificate for a name that is none of ours, not even a made-up one."""
    context = ssl.create_default_context(cadata=platform)
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name|handshake.failure|alert"):
        handshake(cluster, context, "other.localhost")
    seen("refused in the handshake")


@pytest.mark.parametrize(
    ("version", "accepted"),
    [
        (ssl.TLSVersion.TLSv1, False),
        (ssl.TLSVersion.TLSv1_1, False),
        (ssl.TLSVersion.TLSv1_2, True),
        (ssl.TLSVersion.TLSv1_3, True),
    ],
    ids=["1.0", "1.1", "1.2", "1.3"],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_nothing_under_tls_1_2(
    cluster: Cluster, deployment: Deployment, version: ssl.TLSVersion, accepted: bool, seen: Seen
) -> None:
    """TLS 1.2 and 1.3 are spoken, anything older is refused by the server (our own side would speak it)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    if accepted:
        with handshake(cluster, context) as connection:
            seen(str(connection.version()))
        return
    with pytest.raises(ssl.SSLError, match=r"(?i)alert.protocol.version"):
        handshake(cluster, context)
    seen(f"{version.name}: the server's alert says protocol version")


def test_plain_http_leads_to_https(cluster: Cluster, deployment: Deployment, seen: Seen) -> None:
    """The redirect keeps path and query and is permanent."""
    seen(redirected(cluster, "/sources/stations?q=a%20b&where=kind%3Dpm10"))


@pytest.mark.parametrize("path", ["/", "/login", "/api/v1/status", "/nowhere"])
def test_browsers_are_told_to_stay_with_https(web: Web, path: str, seen: Seen) -> None:
    """Every answer over HTTPS carries Strict-Transport-Security for at least half a year."""
    value = web.ask("GET", path).headers.get("Strict-Transport-Security", "")
    assert int(value.partition("max-age=")[2].partition(";")[0] or 0) >= 15_768_000
    seen(value)


def test_a_new_certificate_costs_no_request(
    cluster: Cluster, web: Web, platform: str, login: Login, seen: Seen
) -> None:
    """Under constant load, on kept and on new connections, the served certificate changes and nobody notices."""
    before = _served(cluster, platform)
    fresh = open_web(cluster, platform, login.token, keep_alive=False)
    with constant_load(lambda: _ask(web), lambda: _ask(web), lambda: _ask(fresh)) as tally:
        _renew(cluster)
        after = wait_for("another certificate", lambda: _other(cluster, platform, before), timeout=60)
        enough = tally.requests + 50
        wait_for("requests after the change", lambda: tally.requests > enough, timeout=20)
    assert tally.failures == []
    seen(f"{before[:8]}… became {after[:8]}…; {tally.requests} requests, none failed")


def _ask(web: Web) -> None:
    answer = web.ask("GET", "/livez")
    assert answer.status == 200, answer.status


def _other(cluster: Cluster, authority: str, before: str) -> str | None:
    found = _served(cluster, authority)
    return found if found != before else None


def _renew(cluster: Cluster) -> None:
    """Ask for a new certificate as `cmctl renew` does: by the condition Issuing."""
    found = cluster.read("certificate", "-n", NAMESPACE, _CERTIFICATE)
    issuing = {
        "type": "Issuing",
        "status": "True",
        "reason": "ManuallyTriggered",
        "message": "Certificate re-issuance manually triggered",
        "lastTransitionTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "observedGeneration": found["metadata"]["generation"],
    }
    others = [each for each in found["status"]["conditions"] if each["type"] != "Issuing"]
    patch = json.dumps({"status": {"conditions": [*others, issuing]}})
    command = ("patch", "certificate", "-n", NAMESPACE, _CERTIFICATE, "--subresource=status", "--type=merge")
    cluster.kubectl(*command, f"--patch={patch}")
