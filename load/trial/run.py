"""One trial with Locust in this process: the shape's steps, the guards, and every request kept."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gevent
import gevent.ssl
from locust import LoadTestShape, events
from locust.env import Environment

from trial import harm
from trial.account import Account
from trial.harm import HarmGuard
from trial.judge import Circumstances
from trial.outages import outages
from trial.samples import Samples, percentile
from trial.shapes import Shape
from trial.targets import EVERY, Refused, Target
from trial.users import BEHIND, KINDS, Visitor

_LOOK_SECONDS = 1.0
TASKS_A_USER = 0.5  # tasks a second of one user: what a busy person does; more rate is more users


class Trial:
    """`samples` is full and `how` is known when `go` has returned."""

    def __init__(self, target: Target, account: Account, shape: Shape) -> None:
        self.samples = Samples()
        self.how = Circumstances(shape.seconds, 0.0, 0.0, 0.0)
        self._target = target
        self._shape = shape
        self._late: list[float] = []
        self._busy = 0.0
        self._stopped = ""
        self._began = 0.0
        self.clock = 0.0  # when it began, in seconds since 1970
        kinds = {KINDS[kind]: weight for kind, weight in target.users.items() if weight}
        self._users = [_kind_for(kind, weight, target, account) for kind, weight in kinds.items()]

    def go(self, tell: Any = lambda _: None) -> None:
        """Blocks until the shape is over or a guard ended it; `tell` hears how it goes once a second."""
        if self._shape.seconds > self._target.most_seconds:
            raise Refused(
                f"the shape takes {self._shape.seconds:.0f} s and the target allows {self._target.most_seconds:.0f}"
            )
        environment = Environment(
            user_classes=self._users, shape_class=self._steps(), events=events, host=self._target.address
        )
        runner = environment.create_local_runner()
        events.request.add_listener(self._keep)
        try:
            self._began, self.clock = time.perf_counter(), time.time()
            runner.start_shape()
            for line in self._watch():
                tell(line)
            runner.quit()
        finally:
            events.request.remove_listener(self._keep)
        self._late.sort()
        behind = percentile(self._late, 99) if self._late else 0.0
        share, broken = self._shape.judged_share, outages(self.samples.failed())
        self.how = Circumstances(self._shape.seconds, self._now, behind, self._busy, share, self._stopped, broken)

    def spans(self) -> Iterator[tuple[int, float, float]]:
        """(index, start, end) of each judged step, cut where the trial ended."""
        start = 0.0
        for index, step in enumerate(self._shape.steps):
            end = min(start + step.seconds, self.how.lasted)
            if step.judged and end > start:
                yield index, start, end
            start += step.seconds

    @property
    def _now(self) -> float:
        return time.perf_counter() - self._began

    def _steps(self) -> LoadTestShape:
        target, shape, trial = self._target, self._shape, self

        class Steps(LoadTestShape):
            def tick(self) -> tuple[int, float] | None:
                index = shape.at(trial._now)
                if index is None or trial._stopped:
                    return None
                users = max(len(trial._users), round(target.rate * shape.steps[index].share / TASKS_A_USER))
                return users, max(10.0, users / 2)

        return Steps()

    def _watch(self) -> Iterator[str]:
        """Every guard, once a second: time, requests, harm; and how busy this process is."""
        used, looked = _cpu_seconds(), self._now
        guard = HarmGuard(self._target.limits[EVERY].recovery)
        while not self._stopped and self._now < self._shape.seconds:
            gevent.sleep(_LOOK_SECONDS)
            now, cpu = self._now, _cpu_seconds()
            self._busy = max(self._busy, (cpu - used) / (now - looked))
            used, looked = cpu, now
            failures, recent = self.samples.recent_failures(now, harm.SECONDS)
            if self.samples.total >= self._target.most_requests:
                self._stopped = f"{self.samples.total} requests are the most that the target allows"
            elif guard.must_stop(now, failures, recent):
                self._stopped = f"{failures} of the last {recent} requests failed"
            went = f"{now:4.0f} of {self._shape.seconds:.0f} s"
            yield f"{went}  {self.samples.total:7} requests  {failures:3} of {recent:4} failed lately"

    def _keep(self, request_type: str, name: str, response_time: float, exception: Any, **_: Any) -> None:
        if request_type == BEHIND:
            self._late.append(response_time)
        else:
            self.samples.add(name, self._now, response_time, "" if exception is None else str(exception)[:200])


def _kind_for(kind: type[Visitor], weight: int, target: Target, account: Account) -> type[Visitor]:
    known: Mapping[str, Any] = {
        "weight": weight,
        "target": target,
        "account": account,
        "pace": TASKS_A_USER,
        "abstract": False,
        "host": target.address,
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
