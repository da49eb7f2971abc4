"""A renewed certificate: mongod is made to use the file that it was started with again, without a restart."""

import re
import socket
import ssl
from pathlib import Path

import structlog
from pymongo.errors import OperationFailure

from gleaner.database.mongod import Client
from gleaner.database.plan import Hindered, Plan

_SECONDS = 3
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_events = structlog.get_logger("gleaner.guard")


def renew(client: Client, plan: Plan) -> bool:
    """Compare what mongod shows with the file; True when it had to be told."""
    if plan.certificate is None or _in_file(plan.certificate) == _shown(plan.port):
        return False
    try:
        client.admin.command("rotateCertificates")
    except OperationFailure as error:
        raise Hindered("certificate", f"is not taken: {error.details and error.details['errmsg']}") from None
    _events.info("certificate.renewed", file=str(plan.certificate))
    return True


def _in_file(file: Path) -> bytes:
    """The first certificate of a PEM file, as DER: those after it are its issuers."""
    try:
        first = _CERTIFICATE.search(file.read_text(encoding="ascii"))
        assert first, "no certificate"
        return ssl.PEM_cert_to_DER_cert(first[0])
    except (OSError, ValueError, AssertionError) as error:
        raise Hindered("certificate", f"cannot be read from {file}: {type(error).__name__}") from None


def _shown(port: int) -> bytes | None:
    """Looked at, not trusted: nothing is sent over this connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection(("127.0.0.1", port), _SECONDS) as connection,
            context.wrap_socket(connection) as shown,
        ):
            return shown.getpeercert(binary_form=True)
    except OSError as error:
        raise Hindered("mongod", f"shows no certificate: {error}") from None
