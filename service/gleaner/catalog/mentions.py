"""The texts of a source that may hold references, and the secrets that they name."""

from collections.abc import Iterator
from typing import Any

import msgspec

from gleaner.catalog.findings import Path
from gleaner.catalog.model import Auth, Source
from gleaner.catalog.templates import SECRET, references


def secret_names(source: Source) -> set[str]:
    """The mounted secrets that asking this source takes; the source is a checked one."""
    texts = [text for _, text in (*request_texts(source), *auth_texts(source.auth))]
    found = {reference for text in texts for reference in references(text)}
    return {reference.removeprefix(SECRET) for reference in found if reference.startswith(SECRET)}


def request_texts(source: Source) -> Iterator[tuple[Path, str]]:
    """Of the request, with their paths below the source."""
    request = {"url": source.url, "params": source.params, "headers": source.headers, "body": source.body}
    return _texts(request, ())


def auth_texts(auth: Auth) -> Iterator[tuple[Path, str]]:
    """Of the credentials, with their paths below the source."""
    return _texts(msgspec.structs.asdict(auth), ("auth",))


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text in a JSON value, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, (*path, name))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
