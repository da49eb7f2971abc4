"""The driver's client, set up so that it always answers within bounds and writes survive a crash."""

import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pymongo
from dns.exception import DNSException
from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from gleaner.errors import InputError
from gleaner.store.address import MongoAddress
from gleaner.store.mongo.pool import PoolGauge
from gleaner.store.mongo.traced import CommandSpans
from gleaner.store.protocol import StoreUnavailable
from gleaner.telemetry.redact import protect

Document = dict[str, Any]
Client = pymongo.MongoClient[Document]
Database = pymongo.database.Database[Document]
Collection = pymongo.collection.Collection[Document]

_DEFAULTS = {  # of options that the address does not set
    "serverSelectionTimeoutMS": 5_000,
    "connectTimeoutMS": 5_000,
    "socketTimeoutMS": 20_000,
    "appname": "gleaner",
}
_REFUSALS = (PyMongoError, UserWarning, ValueError, OSError)  # OSError: a file named in an option
_CONFIRM_MS = 15_000  # how long a majority may take to confirm a write


def connect(address: MongoAddress, *, username: str, password: str, ca_file: Path | None) -> Client:
    """A client that connects when it is first used. Raises InputError for what the driver refuses."""
    for secret in (address.password, password):
        protect(secret)
    given = {name.lower(): value for name, value in address.options.items()}
    options: dict[str, Any] = {name: value for name, value in _DEFAULTS.items() if name.lower() not in given}
    if username:
        options |= {"username": username, "password": password}
    if ca_file is not None and _wants_tls(address.uri, given):
        options["tlsCAFile"] = _checked(ca_file)
    try:
        with _strict():
            return pymongo.MongoClient(address.uri, event_listeners=[PoolGauge(), CommandSpans()], **options)
    except _REFUSALS as error:
        if isinstance(error.__cause__, DNSException):  # looked up at once for mongodb+srv
            raise StoreUnavailable(f"MongoDB at {address.hosts} does not answer: its name cannot be found") from error
        raise InputError(f"store: {_refusal(error, address)}") from None


def durable(client: Client, name: str) -> Database:
    """Writes are in the journal of a majority before they are acknowledged."""
    confirmed = pymongo.WriteConcern("majority", wtimeout=_CONFIRM_MS, j=True)
    return client.get_database(name, write_concern=confirmed)


def _wants_tls(uri: str, options: dict[str, str]) -> bool:
    asked = options.get("tls", options.get("ssl"))
    return asked == "true" if asked else uri.startswith("mongodb+srv:")


def _checked(ca_file: Path) -> str:
    try:
        ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        raise InputError(f"store: the CA bundle {ca_file} holds no certificate") from None
    except OSError as error:
        raise InputError(f"store: cannot read the CA bundle {ca_file}: {error.strerror}") from None
    return str(ca_file)


@contextmanager
def _strict() -> Iterator[None]:
    """The driver only warns of an option that it does not know; a mistake it is all the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        yield


def _refusal(error: Exception, address: MongoAddress) -> str:
    """What is wrong with the address; the driver's words only where they cannot quote a password."""
    for name, value in address.options.items():
        try:
            with _strict():
                parse_uri(f"mongodb://host/?{urlencode({name: value})}")
        except _REFUSALS:
            return f"the driver does not know the option {name!r}, or not this value of it"
    if address.password:
        return "the driver refuses the address; do its options go together, and is the password percent-encoded?"
    return f"the driver refuses the address: {error}"
