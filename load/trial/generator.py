"""What makes the requests of a trial: Locust's users in this process, and each request and late begin of theirs."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import gevent.ssl
from locust import events
from locust.env import Environment
from locust.runners import Runner

from trial.account import Account
from trial.targets import Target
from trial.telling import Batch, Request
from trial.users import BEHIND, KINDS, Visitor

TASKS_A_USER = 0.5  # tasks a second of one user: what a busy person does; more rate is more users
FINISH_SECONDS = 2.0  # that users have for the task they are at when their time is over
_SHORTEST = 0.5  # seconds: over less, the use of a core is no measurement


class Crew(Protocol):
    """Whoever makes the requests of a trial. `workers`: processes besides this one; 0: this one makes them."""

    workers: int

    def enlist(self, environment: Environment) -> Runner:
        """A runner whose users can begin at once. Raises Refused."""

    def begin(self, clock: float) -> None:
        """The trial begins, and this is the time (seconds since 1970)."""

    def take(self) -> list[Batch]:
        """What was seen since the last time."""

    def flaw(self) -> str:
        """Why what was seen is not all, or not true; "": it is."""

    def end(self) -> None:
        """Everybody stops; what was seen until then can be taken."""


class Generator:
    """The users of this process. Nothing is counted before `begin`."""

    def __init__(self, target: Target, account: Account) -> None:
        self.users = kinds(target, account)
        self._requests: list[Request] = []
        self._late: list[float] = []
        self._began = self._looked = time.perf_counter()
        self._used = _cpu_seconds()

    def begin(self, ago: float = 0.0) -> None:
        """The trial began so many seconds ago."""
        self._looked, self._used = time.perf_counter(), _cpu_seconds()
        self._began = self._looked - ago
        events.request.add_listener(self._keep)

    def end(self) -> None:
        events.request.remove_listener(self._keep)

    def take(self) -> Batch:
        batch = Batch(self._requests, self._late, self._busy())
        self._requests, self._late = [], []
        return batch

    def _busy(self) -> float:
        now, cpu = time.perf_counter(), _cpu_seconds()
        if now - self._looked < _SHORTEST:
            return 0.0
        share = (cpu - self._used) / (now - self._looked)
        self._looked, self._used = now, cpu
        return share

    def _keep(self, request_type: str, name: str, response_time: float, exception: Any, **_: Any) -> None:
        if request_type == BEHIND:
            self._late.append(response_time)
        else:
            error = "" if exception is None else str(exception)[:200]
            self._requests.append((name, time.perf_counter() - self._began, response_time, error))


class Alone:
    """The crew that is this process."""

    workers = 0

    def __init__(self, target: Target, account: Account) -> None:
        self._generator = Generator(target, account)
        self._runner: Runner | None = None

    def enlist(self, environment: Environment) -> Runner:
        self._runner = environment.create_local_runner()
        return self._runner

    def begin(self, clock: float) -> None:  # noqa: ARG002 - its own is the trial's
        self._generator.begin()

    def take(self) -> list[Batch]:
        return [self._generator.take()]

    def flaw(self) -> str:
        return ""

    def end(self) -> None:
        if self._runner:
            self._runner.quit()
        self._generator.end()


def kinds(target: Target, account: Account) -> list[type[Visitor]]:
    """The kinds of users that the target has, each with all that it must know. The same list at master and worker."""
    return [_kind_for(KINDS[kind], weight, target, account) for kind, weight in target.users.items() if weight]


def _kind_for(kind: type[Visitor], weight: int, target: Target, account: Account) -> type[Visitor]:
    known: Mapping[str, Any] = {
        "weight": weight,
        "target": target,
        "account": account,
        "pace": TASKS_A_USER,
        "abstract": False,
        "ssl_context_factory": staticmethod(_trusting(account)),
    }
    return type(kind.__name__, (kind,), dict(known))


def _trusting(account: Account) -> Callable[..., Any]:
    """Makes TLS contexts that trust the account's authority alone, whichever the client would take by itself."""

    def context(**usual: Any) -> Any:
        return gevent.ssl.create_default_context(**{**usual, "cafile": account.authority or usual.get("cafile")})

    return context


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system
