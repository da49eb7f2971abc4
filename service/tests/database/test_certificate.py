"""TLS between everybody and mongod, and a renewed certificate without a restart."""

import datetime as dt
import ipaddress
import ssl
from pathlib import Path

import pymongo
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pymongo.errors import ServerSelectionTimeoutError
from structlog.testing import capture_logs

from database.conftest import SecuredMongod, World, eventually

Key = ec.EllipticCurvePrivateKey


class Authority:
    """Signs certificates for this host."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authority of a test")])
        ca = self._signed(self.name, self.key, x509.BasicConstraints(ca=True, path_length=0))
        self.ca = folder / "ca.crt"
        self.ca.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
        self.file = folder / "tls-combined.pem"
        self.renew()

    def renew(self) -> x509.Certificate:
        """A new key and certificate, in one file as mongod takes them."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mongodb")])
        names = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        )
        certificate = self._signed(name, key, names)
        text = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        fresh = self.folder / "fresh"
        fresh.write_bytes(text + certificate.public_bytes(serialization.Encoding.PEM))
        fresh.replace(self.file)
        return certificate

    def _signed(self, subject: x509.Name, key: Key, extension: x509.ExtensionType) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        builder = x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - dt.timedelta(hours=1))
        builder = builder.not_valid_after(now + dt.timedelta(days=1))
        return builder.add_extension(extension, critical=False).sign(self.key, hashes.SHA256())


@pytest.fixture
def authority(world: World) -> Authority:
    return Authority(world.folder)


@pytest.fixture
def server(world: World, authority: Authority) -> SecuredMongod:
    options = ("--tlsMode", "requireTLS", "--tlsCertificateKeyFile", str(authority.file))
    return world.mongod(*options, "--tlsCAFile", str(authority.ca), "--tlsAllowConnectionsWithoutCertificates")


def shown(server: SecuredMongod) -> int:
    """The serial number of the certificate that new connections see."""
    text = ssl.get_server_certificate(("127.0.0.1", server.port))
    return x509.load_pem_x509_certificate(text.encode()).serial_number


def test_it_works(world: World, authority: Authority, server: SecuredMongod) -> None:
    """The guard sets everything up over TLS, and nobody gets in without it."""
    guarded = world.guard(server, ca=authority.ca, certificate=authority.file)
    guarded.await_ready()
    with world.client(server, "gleaner", tls=True, tlsCAFile=str(authority.ca)) as client:
        client.gleaner.things.insert_one({"_id": 1})
    plain = pymongo.MongoClient("127.0.0.1", server.port, directConnection=True, serverSelectionTimeoutMS=500)
    with plain, pytest.raises(ServerSelectionTimeoutError):
        plain.admin.command("hello")


def test_a_renewed_certificate_is_shown_without_a_restart(
    world: World, authority: Authority, server: SecuredMongod
) -> None:
    """New connections see it, those that are open go on, and the process is the same."""
    guarded = world.guard(server, ca=authority.ca, certificate=authority.file)
    guarded.await_ready()
    with world.client(server, "gleaner", tls=True, tlsCAFile=str(authority.ca)) as client:
        client.gleaner.things.insert_one({"_id": 1})
        started = server._process.pid
        renewed = authority.renew()
        eventually(lambda: shown(server) == renewed.serial_number, "the renewed certificate")
        assert client.gleaner.things.find_one() == {"_id": 1}
    assert server._process.pid == started
    assert server._process.poll() is None
    guarded.await_ready()


def test_a_certificate_renewed_while_no_guard_was_there_is_noticed(
    world: World, authority: Authority, server: SecuredMongod
) -> None:
    """What mongod shows is compared with the file, so nothing has to be remembered."""
    world.guard(server, ca=authority.ca, certificate=authority.file).await_ready()
    world.guards.pop().close()
    renewed = authority.renew()
    world.guard(server, ca=authority.ca, certificate=authority.file)
    eventually(lambda: shown(server) == renewed.serial_number, "the renewed certificate")


def test_a_broken_file_leaves_the_old_certificate(world: World, authority: Authority, server: SecuredMongod) -> None:
    """It is told, and the database stays; the next good file counts."""
    guarded = world.guard(server, ca=authority.ca, certificate=authority.file)
    guarded.await_ready()
    before = shown(server)
    authority.file.write_text("no certificate", encoding="utf-8")
    guarded.await_word("certificate", "waiting")
    assert guarded.ready
    assert shown(server) == before
    renewed = authority.renew()
    eventually(lambda: shown(server) == renewed.serial_number, "the renewed certificate")


def test_an_unknown_authority_is_refused(world: World, authority: Authority, server: SecuredMongod) -> None:
    """The guard sends no password to a mongod that it cannot verify."""
    (world.folder / "other").mkdir()
    with capture_logs() as events:
        guarded = world.guard(server, ca=Authority(world.folder / "other").ca, certificate=authority.file)
        guarded.await_word("mongod", "waiting")
        eventually(lambda: events, "an event")
    assert not guarded.ready
