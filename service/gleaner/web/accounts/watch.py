"""The accounts as they are now: the file is read again when it changes; a broken one changes nothing."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from gleaner.errors import InputError
from gleaner.web.accounts.file import Accounts, read_accounts

_events = structlog.get_logger("gleaner.accounts")
LOOK_SECONDS = 1.0  # between two looks at the file
_Stamp = tuple[int, int, int, int]


class WatchedAccounts:
    """`problem` says what is wrong with the file while the last good content counts."""

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises InputError for a file that is missing or broken."""
        self.problem = ""
        self._path = path
        self._clock = clock
        self._looking = threading.Lock()
        self._stamp = _stamp(path) if path else None
        self._now = read_accounts(path) if path else Accounts()
        self._looked = clock()

    def now(self) -> Accounts:
        """Cheap: the file is looked at once a second at most, and read when it is another one."""
        if self._path and self._clock() - self._looked >= LOOK_SECONDS and self._looking.acquire(blocking=False):
            try:
                self._look(self._path)
            finally:
                self._looked = self._clock()
                self._looking.release()
        return self._now

    def _look(self, path: Path) -> None:
        stamp = _stamp(path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._now = read_accounts(path)
        except InputError as error:
            self.problem = str(error)
            _events.error("accounts.broken", problem=self.problem, kept="the last good content")
        else:
            self.problem = ""
            _events.info("accounts.read", users=len(self._now.users), tokens=len(self._now.tokens))


def _stamp(path: Path) -> _Stamp | None:
    """Follows links: a mounted Secret changes by swapping one. None: it is not there."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size
