"""The guard that ends a trial at the first sign of harm, and has patience with an outage that is planned."""

SECONDS = 10.0  # in this time
SHARE = 0.5  # more than so many
REQUESTS = 20  # of at least so many requests failed


class HarmGuard:
    """`recovery`: the seconds that a planned outage may last; None: none is planned."""

    def __init__(self, recovery: float | None) -> None:
        # As long as its failures are among those of the last seconds, an outage looks as if it went on.
        self._patience = 0.0 if recovery is None else recovery + SECONDS
        self._since: float | None = None

    def must_stop(self, now: float, failures: int, requests: int) -> bool:
        """From the numbers of the last SECONDS; `now` only grows."""
        if requests < REQUESTS or failures <= requests * SHARE:
            self._since = None
            return False
        self._since = now if self._since is None else self._since
        return now - self._since >= self._patience
