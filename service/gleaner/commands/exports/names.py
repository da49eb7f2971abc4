"""The names of exports: each tells when it was made, so that the newest come last."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

_NAME = re.compile(r"gleaner-\d{8}T\d{6}Z\.jsonl(\.age)?")


def new_name(now: datetime, *, sealed: bool = False) -> str:
    """The name of an export that is made now."""
    return f"gleaner-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.jsonl" + (".age" if sealed else "")


def exports_among(names: Iterable[str]) -> list[str]:
    """Those that an export gave, the newest first."""
    return sorted(filter(_NAME.fullmatch, names), reverse=True)
