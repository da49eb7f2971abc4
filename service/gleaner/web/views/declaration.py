"""A source as its catalog declares it, as YAML for people to read: no defaults, and no credential."""

import re
from functools import cache
from typing import Any
from urllib.parse import unquote

import msgspec
import yaml

from gleaner.catalog.model import Source
from gleaner.catalog.templates import has_secret
from gleaner.telemetry.redact import MASK, redact
from gleaner.units import Seconds

_TELLING = re.compile(
    r"auth(?!or)|cookie|credential|keys?(?![a-z])|passw|secret|session|signature|token", re.IGNORECASE
)
_CREDENTIALS = frozenset(
    {"token", "value", "password", "client_secret", "username", "client_id", "params"}
)  # of `auth`
_REFERENCE = re.compile(r"\$\{[^{}]*\}")
_IN_QUERY = re.compile(r"([?&]([^=&#]*)=)([^&#]+)")


def declare(name: str, source: Source) -> str:
    """A reference such as `${secret:NAME}` stays; a text in its place may be the secret itself and is masked."""
    parts = _told(source)
    for request in ("headers", "params", "body"):
        if request in parts:
            parts[request] = _masked(parts[request])
    if "auth" in parts:
        parts["auth"] = {key: _mask(value) if key in _CREDENTIALS else value for key, value in parts["auth"].items()}
    parts["url"] = _IN_QUERY.sub(lambda match: match[1] + _mask_if_telling(match[2], match[3]), parts["url"])
    text: str = yaml.safe_dump({name: parts}, sort_keys=False, allow_unicode=True, width=100)
    return redact(text)


def _told(value: Any) -> Any:
    """As plain values. Of a part only what is not its default."""
    if isinstance(value, msgspec.Struct):
        tag = {"kind": value.__struct_config__.tag} if value.__struct_config__.tag else {}
        return _short(
            tag | {key: _told(item) for key, item in msgspec.structs.asdict(value).items() if _given(value, key)}
        )
    if isinstance(value, dict):
        return {key: _told(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_told(item) for item in value]
    return f"{value:g}s" if isinstance(value, Seconds) else int(value) if _is_bytes(value) else value


def _given(part: msgspec.Struct, key: str) -> bool:
    """Whether it is something else than its default."""
    return bool(getattr(part, key) != _defaults(type(part))[key])


@cache
def _defaults(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Of a part's fields; what has none is like nothing."""
    return {
        field.name: field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        for field in msgspec.structs.fields(kind)
    }


def _short(parts: dict[str, Any]) -> Any:
    """Where one key says it all, its value may stand alone."""
    return next(iter(parts.values())) if parts.keys() in ({"path"}, {"cron"}) else parts


def _is_bytes(value: Any) -> bool:
    return isinstance(value, int) and type(value) not in {int, bool}


def _masked(value: Any) -> Any:
    """With what stands under a telling name masked, however deep."""
    if isinstance(value, dict):
        return {key: _mask_if_telling(key, item) for key, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list) else value


def _mask_if_telling(name: str, value: Any) -> Any:
    return _mask(value) if _TELLING.search(unquote(name)) else _masked(value)


def _mask(value: Any) -> Any:
    """Every text and number in it, unless it refers to a secret or is a reference and nothing else."""
    if isinstance(value, dict):
        return {key: _mask(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_mask(item) for item in value]
    return value if isinstance(value, str) and (has_secret(value) or _REFERENCE.fullmatch(value)) else MASK
