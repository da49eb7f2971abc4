"""Talking to one mongod, always within bounds."""

from pathlib import Path
from typing import Any

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from gleaner.database.credentials import User

Document = dict[str, Any]
Client = pymongo.MongoClient[Document]

UNAUTHORIZED, AUTHENTICATION_FAILED = 13, 18
_SECONDS = 3
REFUSED = (UNAUTHORIZED, AUTHENTICATION_FAILED)


def connect(host: str, ca: Path | None, user: User | None = None) -> Client:
    """A client of this one server, whatever its set looks like. It connects when it is first used."""
    options: dict[str, Any] = {"tls": True, "tlsCAFile": str(ca)} if ca else {}
    if user:
        options |= {"username": user.name, "password": user.password, "authSource": user.database}
    return pymongo.MongoClient(
        host,
        directConnection=True,
        serverSelectionTimeoutMS=_SECONDS * 1000,
        connectTimeoutMS=_SECONDS * 1000,
        socketTimeoutMS=12_000,
        maxPoolSize=2,
        appname="gleaner guard",
        **options,
    )


def hello(host: str, ca: Path | None) -> Document | None:
    """How it describes itself to anybody; None when it does not answer."""
    try:
        with connect(host, ca) as client:
            return client.admin.command("hello")
    except PyMongoError:
        return None


def logged_in(host: str, ca: Path | None, user: User) -> Client | None:
    """A client for this user; None when it is not let in. Raises PyMongoError when there is no answer."""
    client = connect(host, ca, user)
    try:
        client.admin.command("ping")
    except OperationFailure as error:
        client.close()
        if error.code in REFUSED:
            return None
        raise
    except BaseException:
        client.close()
        raise
    return client
