"""What can go wrong while collecting, by what is to be done about it."""

from typing import Any

from gleaner.errors import GleanerError


class CollectFailed(GleanerError):
    """The run failed. `result` counts what was good and stays stored."""

    def __init__(self, reason: str, result: dict[str, Any]) -> None:
        super().__init__(reason)
        self.result = result


class Refused(GleanerError):
    """A request that would break a promise about where requests and credentials go. Never tried again."""


class BadAnswer(GleanerError):
    """An answer that cannot be used as it is. Asking again would not help."""


class CutBody(GleanerError):
    """The connection ended before the answer did."""


class OutOfTime(GleanerError):
    """The whole run has no time left."""


class Transient(Exception):
    """One attempt failed in a way that may pass: `retry_after` is what the API asked for, in seconds."""

    def __init__(self, reason: str, *, retry_after: float | None = None, cut: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.cut = cut


class Skip(Exception):
    """The catalog says that this answer counts as one without records."""
