"""The web before MongoDB as queues, and requests that arrive at random.

A pod is one core (the interpreter's lock) and a few threads. A request waits for a thread, keeps it, and takes turns
between its pod's core and MongoDB, once for each command. Arrivals are spread over pods and members in turn, as an
ingress and hashed keys do. Many pods behave as one with its share, so a few stand for all of them.
"""

import math
import random
import statistics
from collections.abc import Mapping
from itertools import cycle
from types import MappingProxyType
from typing import NamedTuple

from model.events import Clock, Process, Station, shared, stay
from model.measured import Idle, Service

QUANTUM = 0.005  # seconds after which the interpreter lets another thread have its lock
_TICK = 0.2  # seconds between the turns of what a pod does that nobody asks


class Plan(NamedTuple):
    """What is simulated: `rate` in requests a second for all pods, `members` of MongoDB with `cores` each.

    `client`: seconds that a request's sender takes from MongoDB's cores, where both are on one machine.
    """

    services: Mapping[str, Service]
    mix: Mapping[str, float]
    rate: float
    pods: int = 1
    threads: int = 4
    members: int = 1
    cores: int = 1
    idle: Idle = Idle(0.0, 0.0, 0.0, 0)
    client: float = 0.0
    rested: Mapping[str, Service] = MappingProxyType({})  # instead of `services` where a request finds its pod empty


class Seen(NamedTuple):
    """Seconds of each request from its arrival; `web` and `mongo` are shares of cores, `inside` requests at once."""

    times: list[float]
    rate: float
    web: float
    mongo: float
    inside: float

    @property
    def mean(self) -> float:
        return statistics.fmean(self.times)

    def percentile(self, share: float) -> float:
        return sorted(self.times)[math.ceil(share * len(self.times)) - 1]


class Pod(NamedTuple):
    core: Station
    threads: Station


class System:
    """One run of a plan."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.clock = Clock()
        self.pods = [Pod(Station(self.clock, 1), Station(self.clock, plan.threads)) for _ in range(plan.pods)]
        self.members = [Station(self.clock, plan.cores) for _ in range(plan.members)]
        self.inside = Station(self.clock, 2**62)  # as many as come; its busy time counts them
        self.times: list[float] = []
        self._plan = plan
        self._random = random.Random(seed)
        self._next_member = cycle(self.members)

    def arrivals(self) -> Process:
        names, weights = list(self._plan.mix), list(self._plan.mix.values())
        for pod in cycle(self.pods):
            yield self._random.expovariate(self._plan.rate)
            name = self._random.choices(names, weights)[0]
            self.clock.begin(self.request(pod, name), self.clock.now)

    def request(self, pod: Pod, name: str) -> Process:
        arrived = self.clock.now
        rested = self._plan.rested if pod.threads.empty else {}
        service = rested.get(name) or self._plan.services[name]
        yield self.inside
        yield pod.threads
        yield from self._served(pod, service, _factor(self._random, service.spread))
        pod.threads.leave()
        if self._plan.client:
            yield from stay(self.members[0], self._plan.client)
        self.inside.leave()
        self.times.append(self.clock.now - arrived)

    def _served(self, pod: Pod, service: Service, factor: float) -> Process:
        """In turns: a slice of the core, a command to MongoDB, and so on, a slice of the core at the end."""
        calls = self._whole(service.calls)
        turn, rest = service.web * factor / (calls + 1), max(0.0, service.rest) / (calls + 1)
        for _ in range(calls):
            yield from shared(pod.core, turn, QUANTUM)
            yield rest
            yield from self._commanded(service, factor, calls)
        yield from shared(pod.core, turn, QUANTUM)
        yield rest

    def _commanded(self, service: Service, factor: float, calls: int) -> Process:
        """The answer, and what the member goes on with meanwhile."""
        member = next(self._next_member)
        after = min(service.mongo, max(0.0, -service.rest)) * factor / calls
        yield from stay(member, service.mongo * factor / calls - after)
        if after:
            self.clock.begin(stay(member, after), self.clock.now)

    def _whole(self, calls: float) -> int:
        """Mostly this many: a mean of 2.3 commands is two or three."""
        return int(calls) + (self._random.random() < calls % 1)

    def beside(self, pod: Pod) -> Process:
        """What a pod does that nobody asks: its runner looks at the queue, its metrics at the store."""
        idle = self._plan.idle
        while True:
            yield from shared(pod.core, idle.web * _TICK, QUANTUM)
            yield from stay(next(self._next_member), idle.mongo * _TICK)
            yield _TICK


def simulate(plan: Plan, *, requests: int = 20_000, seed: int = 1) -> Seen:
    """Until about so many have come; what a tenth of them found in an empty system is not counted."""
    system = System(plan, seed)
    system.clock.begin(system.arrivals(), 0.0)
    for number, pod in enumerate(system.pods if plan.idle.web else []):
        system.clock.begin(system.beside(pod), _TICK * number / plan.pods)
    begin, end = (share * requests / plan.rate for share in (0.1, 1.0))
    system.clock.run(begin)
    before = _busy(system)
    system.times.clear()
    system.clock.run(end)
    web, mongo, inside = (after - earlier for after, earlier in zip(_busy(system), before, strict=True))
    seconds = end - begin
    return Seen(
        system.times,
        rate=len(system.times) / seconds,
        web=web / seconds / plan.pods,
        mongo=mongo / seconds / plan.members / plan.cores,
        inside=inside / seconds,
    )


def _busy(system: System) -> tuple[float, float, float]:
    web = sum(pod.core.busy for pod in system.pods)
    return web, sum(member.busy for member in system.members), system.inside.busy


def _factor(source: random.Random, spread: float) -> float:
    """By how much this request is longer than the mean: lognormal, with this squared coefficient of variation."""
    if spread <= 0:
        return 1.0
    sigma = math.log(1 + spread) ** 0.5
    return source.lognormvariate(-sigma * sigma / 2, sigma)


def mean_service(services: Mapping[str, Service], mix: Mapping[str, float]) -> Service:
    """Of all requests together; `spread` of the web's time, the endpoints' differences included."""

    def mean(value: str) -> float:
        return sum(share * float(getattr(services[name], value)) for name, share in mix.items())

    web = mean("web")
    square = sum(share * services[name].web ** 2 * (1 + services[name].spread) for name, share in mix.items())
    spread = square / web**2 - 1 if web else 0.0
    return Service(web, mean("mongo"), mean("calls"), mean("rest"), spread, round(mean("size")))
