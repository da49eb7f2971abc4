"""Whether a loop goes round: what it waits for may fail, but it must come back."""

import time


class Heartbeat:
    """Beaten by one thread, looked at by any."""

    def __init__(self, patience: float) -> None:
        """`patience` is how many seconds without a beat mean stuck: more than one turn may take at its slowest."""
        self._patience = patience
        self._beaten_at: float | None = None

    def beat(self) -> None:
        """Called at each turn of the loop."""
        self._beaten_at = time.monotonic()

    @property
    def age(self) -> float:
        """Seconds since the last beat; 0 before the first: what was not begun is not stuck."""
        return 0.0 if self._beaten_at is None else time.monotonic() - self._beaten_at

    @property
    def stuck(self) -> bool:
        return self.age > self._patience
