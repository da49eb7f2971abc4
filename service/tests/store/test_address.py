"""Addresses of stores: what is taken, and what is refused without showing a password."""

import pytest

from gleaner.errors import InputError
from gleaner.store import open_store
from gleaner.store.address import mongo_address, sqlite_path

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    ("address", "hosts", "database", "password"),
    [
        ("mongodb://localhost", "localhost", "gleaner", ""),
        ("mongodb://a:1,b:2/", "a:1,b:2", "gleaner", ""),
        ("mongodb://[::1]:27017/data?replicaSet=rs", "[::1]:27017", "data", ""),
        ("mongodb+srv://ada:p%40ss@cluster.example.org/my-data", "cluster.example.org", "my-data", "p@ss"),
    ],
)
def test_it_works(address: str, hosts: str, database: str, password: str) -> None:
    """Hosts, database and password are found in the address."""
    found = mongo_address(address)
    assert (found.hosts, found.database, found.password) == (hosts, database, password)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "neither sqlite:PATH nor mongodb://"),
        (f"postgres://ada:{SECRET}@host/db", "neither sqlite:PATH nor mongodb://"),
        ("sqlite:", "needs the path of a file"),
        ("sqlite:a\0b", "needs the path of a file"),
        ("mongodb://", "is not of the form"),
        (f"mongodb://ada:{SECRET}@", "is not of the form"),
        (f"mongodb://ada:{SECRET}@host@host", "is not of the form"),
        (f"mongodb://ada:{SECRET}/x@host", "is not of the form"),
        (f"mongodb://ada:{SECRET}?x@host", "is not of the form"),
        (f"mongodb://ada:{SECRET}", "is not of the form"),
        (f"mongodb://ada:{SECRET}@host/a.b", "database's name"),
        (f"mongodb://ada:{SECRET}@host/a$b", "database's name"),
        (f"mongodb://ada:{SECRET}@host:port", "is not of the form"),
        (f"mongodb://ada:{SECRET}@host/?tlsCAFile=missing.pem", "tlsCAFile"),
        (
            f"mongodb://ada:{SECRET}@host/?tlsInsecure=true&tlsAllowInvalidCertificates=true",
            "do its options go together",
        ),
        (f"mongodb://ada:{SECRET}@host/?serverSelectionTimeoutMS=soon", "serverSelectionTimeoutMS"),
        (f"mongodb://ada:{SECRET}@host/?shoeSize=44", "shoeSize"),
        ("mongodb://host/?shoeSize=44", "shoeSize"),
        ("mongodb://host/?tls=true&tls=false", "tls"),
        ("mongodb+srv://127.0.0.1", "the driver refuses"),
    ],
)
def test_refused(address: str, words: str) -> None:
    """An address that is wrong is refused with what is wrong about it, and never shown with its password."""
    with pytest.raises(InputError) as refused:
        open_store(address)
    assert words.lower() in str(refused.value).lower()
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None


def test_sqlite() -> None:
    """What follows `sqlite:` is a path; another kind of address has none."""
    assert str(sqlite_path("sqlite:/var/lib/a:b.db")) == "/var/lib/a:b.db"
    assert sqlite_path("mongodb://localhost") is None
