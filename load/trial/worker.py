"""A process that makes requests for a trial, and tells all that it sees to the one that judges (Locust's worker)."""

import time
from typing import Any

import gevent
import msgspec
from locust import events
from locust.env import Environment
from locust.exception import RPCError

from trial.account import Account
from trial.generator import Generator
from trial.targets import Refused, Target
from trial.telling import Telling
from trial.workers import BEGIN, SEEN

_TELL_SECONDS = 1.0
_ALONE = 5.0  # seconds without a master, who answers each second: nobody watches what is loaded


class Worker:
    """Users of this process, who begin and stop when the master says so, and load what this process was told to."""

    def __init__(self, target: Target, account: Account, loads: str) -> None:
        self._generator = Generator(target, account)
        self._environment = Environment(user_classes=self._generator.users, events=events)
        self._loads = loads
        self._total = 0
        self._ended = self._left_alone = False

    def work(self, master: tuple[str, int]) -> None:
        """Blocks until the master ends it. Raises Refused when there is none, or no more."""
        try:
            self._runner = self._environment.create_worker_runner(*master)
        except ConnectionError:
            raise Refused(f"no master answers at {master[0]}:{master[1]}") from None
        self._runner.register_message(BEGIN, self._begin)
        events.test_stop.add_listener(self._end)
        self._runner.greenlet.spawn(self._go_on_telling)
        self._runner.greenlet.join()
        if self._left_alone:
            raise Refused(f"the master at {master[0]}:{master[1]} is gone")

    def _begin(self, environment: Environment, msg: Any) -> None:  # noqa: ARG002 - as Locust calls it
        self._generator.begin(time.time() - float(msg.data["clock"]))

    def _go_on_telling(self) -> None:
        while not self._ended:
            self._tell()
            gevent.sleep(_TELL_SECONDS)
            heard = self._runner.last_heartbeat_timestamp
            if heard and time.time() - heard > _ALONE:
                self._left_alone = self._ended = True
        gevent.sleep(_TELL_SECONDS)  # for what is on its way; Locust's master says good-bye only to some
        self._runner.quit()

    def _end(self, **_: Any) -> None:
        """All users have stopped."""
        self._ended = True
        self._tell()

    def _tell(self) -> None:
        """What does not arrive is missing in the total of the next message."""
        batch = self._generator.take()
        self._total += len(batch.requests)
        telling = Telling(self._loads, time.time(), self._total, batch, self._ended)
        try:
            self._runner.send_message(SEEN, msgspec.to_builtins(telling))
        except RPCError as error:
            print(f"load: the master cannot be told: {error}")
