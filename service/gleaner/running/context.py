"""Opens what a process of Gleaner works with."""

from collections.abc import Iterator
from contextlib import contextmanager

from gleaner.catalog.load import load_catalog
from gleaner.running.application import Context
from gleaner.settings import SecretFolder, Settings
from gleaner.store import open_store
from gleaner.store.measured import measured
from gleaner.store.protocol import Store
from gleaner.telemetry.redact import protect


@contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """Raises InputError for a wrong address, StoreUnavailable when the database does not answer."""
    protect(settings.store_password)
    store = open_store(
        settings.store,
        username=settings.store_username,
        password=settings.store_password,
        ca_file=settings.store_ca or settings.ca_bundle,
    )
    try:
        yield measured(store)
    finally:
        store.close()


@contextmanager
def open_context(settings: Settings) -> Iterator[Context]:
    """Raises InputError for a wrong catalog as well."""
    catalog = load_catalog(settings.catalog)
    with opened_store(settings) as store:
        yield Context(settings, catalog, store, SecretFolder(settings.secrets, protect))
