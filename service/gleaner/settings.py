"""Settings: environment variables and mounted secret files become one frozen value.

Every setting can also be given as `NAME_FILE`, the path of a file that holds it. An unknown `GLEANER_` name is an
error, so that a typing mistake cannot switch a rule off in silence. `docs/settings.md` explains each one.
"""

import difflib
import ipaddress
import os
import re
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gleaner.errors import InputError
from gleaner.units import Bytes, Seconds

PREFIX = "GLEANER_"
_ADDRESS = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[^:\s]+):(?P<port>\d{1,5})")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]")
_ENDPOINT = re.compile(r"https?://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Each field is the variable `GLEANER_` plus its name in capitals."""

    catalog: Path = Path("catalog")
    store: str = "sqlite:gleaner.db"
    store_username: str = ""
    store_password: str = ""
    store_ca: Path | None = None
    shelf: Path = Path("reports")
    secrets: Path = Path("secrets")
    bind: str = "127.0.0.1:8000"
    ops_bind: str = ""
    hosts: tuple[str, ...] = ()
    proxies: tuple[Network, ...] = ()
    accounts: Path | None = None
    session_key: str = ""
    session_idle: Seconds = Seconds(3600)
    session_life: Seconds = Seconds(12 * 3600)
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_role_claim: str = "roles"
    oidc_operator: str = "operator"
    oidc_viewer: str = "viewer"
    worker: str = ""
    slots: int = 2
    lease: Seconds = Seconds(30)
    grace: Seconds = Seconds(30)
    retain_age: Seconds = Seconds(7 * 86400)
    retain_bytes: Bytes | None = None
    retain_free: float = 0.10
    keep_runs: int = 200
    keep_run_age: Seconds = Seconds(30 * 86400)
    report_memory: Bytes = Bytes(256 * 1024**2)
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_credentials: Path | None = None
    ca_bundle: Path | None = None
    log_level: str = "info"
    logs: Path | None = None
    otlp_endpoint: str = ""
    trace_ratio: float = 0.1

    @property
    def worker_name(self) -> str:
        """Who claims runs: the name given, else host and process."""
        return self.worker or f"{socket.gethostname()}-{os.getpid()}"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of `bind`."""
        return _split(self.bind)

    @property
    def ops_address(self) -> tuple[str, int] | None:
        """Host and port of `ops_bind`; None: there is no such port."""
        return _split(self.ops_bind) if self.ops_bind else None


def _split(address: str) -> tuple[str, int]:
    match = _ADDRESS.fullmatch(address)
    assert match, "checked when it was read"
    return match["host"].strip("[]"), int(match["port"])


def _path(value: str) -> Path:
    return Path(value).expanduser()


def _bind(value: str) -> str:
    match = _ADDRESS.fullmatch(value)
    if not match or int(match["port"]) > 65535:
        raise ValueError(f"{value!r} is not an address such as 127.0.0.1:8000 or [::]:8000")
    return value


def _ops_bind(value: str) -> str:
    return _bind(value) if value else ""


def _whole(most: int) -> Callable[[str], int]:
    """A reader of whole numbers from 1 to `most`."""

    def read(value: str) -> int:
        if not value.isdecimal() or not 1 <= int(value) <= most:
            raise ValueError(f"{value!r} is not a whole number from 1 to {most}")
        return int(value)

    return read


def _listed(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _hosts(value: str) -> tuple[str, ...]:
    names = tuple(name.lower() for name in _listed(value))
    if wrong := [name for name in names if not _HOST_NAME.fullmatch(name)]:
        raise ValueError(f"{wrong[0]!r} is not a host name such as gleaner.example.com (without a port)")
    return names


def _proxies(value: str) -> tuple[Network, ...]:
    networks = []
    for text in _listed(value):
        try:
            networks.append(ipaddress.ip_network(text))
        except ValueError:
            raise ValueError(f"{text!r} is not an address or a network such as 10.0.0.0/8") from None
    return tuple(networks)


def _issuer(value: str) -> str:
    if value and not value.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise ValueError(f"{value!r} is not an https:// address (http:// is for loopback only)")
    return value.rstrip("/")


def _share(value: str) -> float:
    share = _ratio(value)
    if share == 1:
        raise ValueError(f"{value!r} is not a share such as 10% or 0.1")
    return share


def _ratio(value: str) -> float:
    """A share that may be everything."""
    text = value.strip()
    try:
        share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ValueError(f"{value!r} is not a share such as 10% or 0.1")
    return share


def _otlp(value: str) -> str:
    if value and not _ENDPOINT.fullmatch(value):
        raise ValueError("is not an address such as http://agent:4318")  # not shown: it may hold a password
    return value.rstrip("/")


def _s3_endpoint(value: str) -> str:
    if value and not _ENDPOINT.fullmatch(value):
        raise ValueError("is not an address such as https://s3.example.com")  # not shown: it may hold a password
    return value.rstrip("/")


def _s3_region(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(f"{value!r} is not a region such as eu-central-1")
    return value


def _store(value: str) -> str:
    if not re.match(r"sqlite:.|mongodb(\+srv)?://.", value):
        raise ValueError("is neither sqlite:PATH nor a mongodb:// address")  # not shown: it may hold a password
    return value


def _level(value: str) -> str:
    if value.lower() not in {"debug", "info", "warning", "error"}:
        raise ValueError(f"{value!r} is not one of debug, info, warning, error")
    return value.lower()


_READERS: dict[str, Callable[[str], Any]] = {
    "catalog": _path,
    "store": _store,
    "shelf": _path,
    "secrets": _path,
    "bind": _bind,
    "ops_bind": _ops_bind,
    "hosts": _hosts,
    "proxies": _proxies,
    "accounts": _path,
    "session_idle": Seconds.parse,
    "session_life": Seconds.parse,
    "oidc_issuer": _issuer,
    "store_ca": _path,
    "slots": _whole(64),
    "lease": Seconds.parse,
    "grace": Seconds.parse,
    "retain_age": Seconds.parse,
    "retain_bytes": Bytes.parse,
    "retain_free": _share,
    "keep_runs": _whole(100_000),
    "keep_run_age": Seconds.parse,
    "report_memory": Bytes.parse,
    "s3_endpoint": _s3_endpoint,
    "s3_region": _s3_region,
    "s3_credentials": _path,
    "ca_bundle": _path,
    "log_level": _level,
    "logs": _path,
    "otlp_endpoint": _otlp,
    "trace_ratio": _ratio,
}


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read every `GLEANER_` variable; raises one InputError that lists all mistakes."""
    mistakes: list[str] = []
    values: dict[str, Any] = {}
    for variable, raw in sorted(environment.items()):
        if not variable.startswith(PREFIX):
            continue
        try:
            name, text = _named_text(variable, raw, environment)
            values[name] = _READERS.get(name, str)(text)
        except ValueError as error:
            mistakes.append(f"{variable}: {error}")
    if mistakes:
        raise InputError("; ".join(mistakes))
    return Settings(**values)


def _named_text(variable: str, raw: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The setting that a variable names, and its text: the variable's own, or that of the file it points to."""
    name = variable.removeprefix(PREFIX).lower()
    if name in Settings.__struct_fields__:
        return name, raw
    target = name.removesuffix("_file")
    if target == name or target not in Settings.__struct_fields__:
        raise ValueError(f"there is no such setting{_nearest(name)}")
    if PREFIX + target.upper() in environment:
        raise ValueError(f"{PREFIX}{target.upper()} is set as well; use one of the two")
    try:
        return target, Path(raw).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {raw}: {_why(error)}") from None


def _nearest(name: str) -> str:
    close = difflib.get_close_matches(name.removesuffix("_file"), Settings.__struct_fields__, n=1)
    return f"; did you mean {PREFIX}{close[0].upper()}?" if close else ""


def _why(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8 text"


class SecretFolder:
    """Mounted secrets: one file each, read again whenever it is asked for, so that a rotated one counts at once."""

    def __init__(self, folder: Path, on_read: Callable[[str], None]) -> None:
        """`on_read` is told every value before anybody else sees it (to keep it out of logs)."""
        self._folder = folder
        self._on_read = on_read

    def read(self, name: str) -> str:
        """The secret's text without the white space around it; raises InputError when it cannot be had."""
        if not _NAME.fullmatch(name):
            raise InputError(f"secret {name!r}: a name has letters, digits, '.', '_' and '-' only")
        try:
            value = (self._folder / name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"secret {name!r}: cannot read {self._folder / name}: {_why(error)}") from None
        if not value:
            raise InputError(f"secret {name!r}: {self._folder / name} is empty")
        self._on_read(value)
        return value
