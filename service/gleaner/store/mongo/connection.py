"""The driver's client, set up so that it always answers within bounds and writes survive a crash."""

import warnings
from pathlib import Path
from typing import Any

import pymongo
from pymongo.errors import ConfigurationError, InvalidURI, PyMongoError

from gleaner.errors import InputError
from gleaner.store.address import MongoAddress
from gleaner.telemetry.redact import protect

Document = dict[str, Any]
Client = pymongo.MongoClient[Document]
Database = pymongo.database.Database[Document]
Collection = pymongo.collection.Collection[Document]

_DEFAULTS = {  # of options that the address does not set
    "serverSelectionTimeoutMS": 5_000,
    "connectTimeoutMS": 5_000,
    "timeoutMS": 30_000,
    "appname": "gleaner",
}


def connect(address: MongoAddress, *, username: str, password: str, ca_file: Path | None) -> Client:
    """A client that connects when it is first used. Raises InputError for what the driver refuses."""
    for secret in (address.password, password):
        protect(secret)
    options: dict[str, Any] = {key: value for key, value in _DEFAULTS.items() if key.lower() not in address.options}
    if username:
        options |= {"username": username, "password": password}
    if ca_file is not None and _wants_tls(address):
        options["tlsCAFile"] = _readable(ca_file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # the driver only warns of an option that it does not know
            return pymongo.MongoClient(address.uri, **options)
    except (ConfigurationError, InvalidURI, UserWarning, ValueError) as error:
        raise InputError(f"store: {_refusal(error, address)}") from None


def durable(client: Client, name: str) -> Database:
    """Writes are in the journal of a majority before they are acknowledged."""
    return client.get_database(name, write_concern=pymongo.WriteConcern("majority", j=True))


def _wants_tls(address: MongoAddress) -> bool:
    asked = address.options.get("tls", address.options.get("ssl"))
    return asked == "true" if asked else address.uri.startswith("mongodb+srv:")


def _readable(path: Path) -> str:
    try:
        path.read_bytes()
    except OSError as error:
        raise InputError(f"store: cannot read the CA bundle {path}: {error.strerror}") from None
    return str(path)


def _refusal(error: Exception, address: MongoAddress) -> str:
    """The driver's words, unless the address holds credentials that they might quote."""
    if isinstance(error, PyMongoError | ValueError) and address.password:
        return "the driver refuses the address; are host, port and options right, and the password percent-encoded?"
    return str(error)
