"""`check`: whether everything is there that this installation needs."""

from collections.abc import Callable, Iterator

import msgspec

from gleaner.catalog.load import load_catalog
from gleaner.catalog.mentions import secret_names
from gleaner.catalog.model import Catalog
from gleaner.commands.output import as_json, say
from gleaner.errors import GleanerError, InputError
from gleaner.running.context import opened_store
from gleaner.running.registry import find_applications
from gleaner.running.shelf import open_shelf
from gleaner.settings import SecretFolder, Settings
from gleaner.store.protocol import StoreUnavailable
from gleaner.telemetry.redact import protect
from gleaner.web.accounts.file import read_accounts


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    what: str
    ok: bool
    detail: str


def check(settings: Settings, *, json: bool) -> int:
    """Look at everything, tell all that is wrong. 0: nothing is."""
    findings = list(_look(settings))
    if json:
        as_json({"ok": all(each.ok for each in findings), "checks": findings})
    else:
        for each in findings:
            say(f"{'ok  ' if each.ok else 'BAD '} {each.what}: {each.detail}")
    return 0 if all(each.ok for each in findings) else 1


def _look(settings: Settings) -> Iterator[Finding]:
    yield Finding("settings", ok=True, detail="read")
    catalog: Catalog | None = None
    try:
        catalog = load_catalog(settings.catalog)
        yield Finding("catalog", ok=True, detail=f"{len(catalog.sources)} sources, {len(catalog.reports)} reports")
    except InputError as error:
        yield Finding("catalog", ok=False, detail=str(error))
    if catalog is not None:
        yield from _look_at_applications(settings, catalog)
        yield _try("secrets", lambda: _secrets(settings, catalog))
    yield _try("accounts", lambda: _accounts(settings))
    yield _try("store", lambda: _store(settings))
    yield _try("shelf", lambda: _shelf(settings))


def _try(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, ok=True, detail=look())
    except (GleanerError, StoreUnavailable, OSError) as error:
        return Finding(what, ok=False, detail=str(error))


def _look_at_applications(settings: Settings, catalog: Catalog) -> Iterator[Finding]:
    registry = find_applications(settings, catalog)
    for name, error in registry.broken.items():
        yield Finding(f"application {name}", ok=False, detail=error)
    yield Finding("applications", ok=True, detail=", ".join(sorted(registry.applications)))


def _secrets(settings: Settings, catalog: Catalog) -> str:
    """Every secret that the catalog names can be read."""
    names = {name for source in catalog.sources.values() for name in secret_names(source)}
    folder, missing = SecretFolder(settings.secrets, protect), []
    for name in sorted(names):
        try:
            folder.read(name)
        except InputError as error:
            missing.append(str(error))
    if missing:
        raise InputError("; ".join(missing))
    return f"{len(names)} named, all readable" if names else "none named"


def _accounts(settings: Settings) -> str:
    """The file can be read, if there is one."""
    if settings.accounts is None:
        return (
            "no file; people log in at the issuer" if settings.oidc_issuer else "none; a one-time link lets people in"
        )
    found = read_accounts(settings.accounts)
    return f"{len(found.users)} people, {len(found.tokens)} tokens"


def _store(settings: Settings) -> str:
    with opened_store(settings) as store:
        store.ping()
    return f"{'embedded' if settings.store.startswith('sqlite:') else 'MongoDB'}, answers"


def _shelf(settings: Settings) -> str:
    return f"{len(open_shelf(settings).reports())} reports in {settings.shelf}"
