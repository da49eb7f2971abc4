"""The Secrets that pods read: who brings them, and with which keys."""

from collections.abc import Iterator

from rendered.kustomize import Object
from rendered.objects import Workload, of_kind

_LOG_IN = ("username", "password")
BROUGHT = {  # Secret -> its keys
    "mongodb-credentials": {
        *(f"{user}{part}" for user in ("", "reader-", "admin-", "exporter-", "backup-") for part in _LOG_IN),
        "keyfile",
    },
    "external-api": set(),
    "accounts": {"accounts.yaml"},
    "session-key": {"key"},
    "sample-api": {"token"},
    "s3-credentials": {"access-key-id", "secret-access-key", "session-token"},
    "load-account": {"name", "password", "token", "ca.crt"},
}


def secrets_of(one: Workload) -> Iterator[tuple[str, set[str]]]:
    """The Secrets without which its pods do not start, with the keys that they take; none: all of them."""
    for volume in one.spec.get("volumes", []):
        if "secret" in volume and not volume["secret"].get("optional"):
            keys = {item["key"] for item in volume["secret"].get("items", [])}
            yield volume["secret"]["secretName"], keys


def issued(objects: tuple[Object, ...]) -> set[str]:
    """The Secrets that cert-manager fills."""
    wanted = {each["spec"]["secretName"] for each in of_kind(objects, "Certificate")}
    wanted |= {tls["secretName"] for each in of_kind(objects, "Ingress") for tls in each["spec"].get("tls", [])}
    for gateway in of_kind(objects, "Gateway"):
        for listener in gateway["spec"]["listeners"]:
            wanted |= {one["name"] for one in listener.get("tls", {}).get("certificateRefs", [])}
    return wanted
