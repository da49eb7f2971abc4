"""What is remembered: records, cursors, runs and their lines."""

from pathlib import Path

from gleaner.store.address import mongo_address, sqlite_path
from gleaner.store.protocol import Store


def open_store(address: str, *, username: str = "", password: str = "", ca_file: Path | None = None) -> Store:
    """Open `sqlite:PATH`, or `mongodb://…` with the credentials given beside it if there are any.

    `ca_file` verifies the server if the address asks for TLS. Raises InputError for what the operator has to
    change, StoreUnavailable while the database does not answer.
    """
    path = sqlite_path(address)
    if path is not None:
        from gleaner.store.sqlite import open_sqlite  # noqa: PLC0415 -- each kind is imported when it is used

        return open_sqlite(path)
    from gleaner.store.mongo import open_mongo  # noqa: PLC0415 -- pymongo takes long to import

    return open_mongo(mongo_address(address), username=username, password=password, ca_file=ca_file)
