"""Times in JSON: RFC 3339 in UTC with milliseconds."""

from datetime import UTC, datetime, timedelta

from gleaner.store.model import Millis

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rfc3339(millis: Millis) -> str:
    """`2024-12-31T23:59:00.000Z`."""
    return (_EPOCH + timedelta(milliseconds=millis)).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def maybe(millis: Millis | None) -> str | None:
    """None stays None."""
    return None if millis is None else rfc3339(millis)
