"""Closed forms that a queue must obey; what the simulation is held against, and what is quick enough for large ones."""

import math


def busy_servers(servers: int, load: float) -> float:
    """Erlang C: the probability that all servers are busy; `load` is arrivals a second times seconds of service."""
    if load >= servers:
        return 1.0
    blocked = 1.0
    for number in range(1, servers + 1):  # Erlang B, from one server up
        blocked = load * blocked / (number + load * blocked)
    return blocked / (1 - load / servers * (1 - blocked))


def mean_wait(servers: int, rate: float, service: float, spread: float = 1.0) -> float:
    """Seconds in the queue, of M/G/c after Allen and Cunneen; exact for M/M/c and for M/G/1 (Pollaczek, Khinchine).

    `spread` is the squared coefficient of variation of the service time: 0 is constant, 1 exponential.
    """
    load = rate * service
    if load >= servers:
        return math.inf
    return busy_servers(servers, load) * service / (servers - load) * (1 + spread) / 2


def pods_for(rate: float, service: float, utilisation: float) -> int:
    """The fewest pods of one core that are not busier than this."""
    return max(1, math.ceil(rate * service / utilisation - 1e-9))
