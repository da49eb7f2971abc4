"""One trial with Locust: the shape's steps, the guards, and every request kept, whoever made it."""

import time
from collections.abc import Callable, Iterator

import gevent
from locust import LoadTestShape, events
from locust.env import Environment

from trial import harm
from trial.account import Account
from trial.generator import FINISH_SECONDS, TASKS_A_USER, Crew, kinds
from trial.harm import HarmGuard
from trial.judge import Circumstances
from trial.outages import outages
from trial.samples import Samples, percentile
from trial.shapes import Shape
from trial.targets import EVERY, Refused, Target

_LOOK_SECONDS = 1.0


class Trial:
    """`samples` is full and `how` is known when `go` has returned."""

    def __init__(self, target: Target, account: Account, shape: Shape, crew: Crew) -> None:
        self.samples = Samples()
        self.how = Circumstances(shape.seconds, 0.0, 0.0, 0.0)
        self._target = target
        self._shape = shape
        self._crew = crew
        self._late: list[float] = []
        self._busy = 0.0
        self._stopped = self._flaw = ""
        self._began = 0.0
        self.clock = 0.0  # when it began, in seconds since 1970
        self._users = kinds(target, account)

    def go(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """Blocks until the shape is over or a guard ended it; `tell` hears how it goes once a second."""
        if self._shape.seconds > self._target.most_seconds:
            raise Refused(
                f"the shape takes {self._shape.seconds:.0f} s and the target allows {self._target.most_seconds:.0f}"
            )
        environment = Environment(
            user_classes=self._users, shape_class=self._steps(), events=events, stop_timeout=FINISH_SECONDS
        )
        try:
            runner = self._crew.enlist(environment)
            self._began, self.clock = time.perf_counter(), time.time()
            self._crew.begin(self.clock)
            runner.start_shape()
            for line in self._watch():
                tell(line)
            lasted = self._now
        finally:
            self._crew.end()
        self._take()
        self.how = self._circumstances(lasted)

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
                if index is None or trial._stopped or trial._flaw:
                    return None
                users = max(len(trial._users), round(target.rate * shape.steps[index].share / TASKS_A_USER))
                return users, max(10.0, users / 2)

        return Steps()

    def _watch(self) -> Iterator[str]:
        """Every guard, once a second: time, requests, harm, and whether the crew is whole."""
        guard = HarmGuard(self._target.limits[EVERY].recovery)
        while not (self._stopped or self._flaw) and self._now < self._shape.seconds:
            gevent.sleep(_LOOK_SECONDS)
            self._take()
            now = self._now
            failures, recent = self.samples.recent_failures(now, harm.SECONDS)
            if self.samples.total >= self._target.most_requests:
                self._stopped = f"{self.samples.total} requests are the most that the target allows"
            elif guard.must_stop(now, failures, recent):
                self._stopped = f"{failures} of the last {recent} requests failed"
            went = f"{now:4.0f} of {self._shape.seconds:.0f} s"
            yield f"{went}  {self.samples.total:7} requests  {failures:3} of {recent:4} failed lately"

    def _take(self) -> None:
        for batch in self._crew.take():
            for request in batch.requests:
                self.samples.add(*request)
            self._late += batch.late
            self._busy = max(self._busy, batch.busy)
        self._flaw = self._flaw or self._crew.flaw()

    def _circumstances(self, lasted: float) -> Circumstances:
        late = sorted(self._late)
        return Circumstances(
            planned=self._shape.seconds,
            lasted=lasted,
            behind=percentile(late, 99) if late else 0.0,
            busy=self._busy,
            share=self._shape.judged_share,
            stopped=self._stopped,
            outages=outages(self.samples.failed()),
            workers=self._crew.workers,
            flaw=self._flaw,
        )
