"""Gleaner that logs 10,000 lines a second beside its answers: `python -m bench.noisy serve`."""

import sys
import threading
import time

import structlog

from gleaner.cli import main

LINES_A_SECOND = 10_000
_BURST = 100


def log_on() -> None:
    """In bursts, each at its time; one that is late is not made up for."""
    log = structlog.get_logger()
    while True:
        begun = time.monotonic()
        for number in range(_BURST):
            log.info("bench.line", number=number, place="a line as long as most are")
        time.sleep(max(0.0, begun + _BURST / LINES_A_SECOND - time.monotonic()))


if __name__ == "__main__":
    threading.Thread(target=log_on, daemon=True).start()
    sys.exit(main())
