"""The simulation against the laws that every system of queues obeys, and against closed forms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.events import Clock, Process, Station, stay
from model.laws import busy_servers, mean_wait, pods_for
from model.measured import Idle, Service
from model.system import Plan, mean_service, simulate

services = st.builds(
    Service,
    web=st.floats(0.0005, 0.01),
    mongo=st.floats(0.0001, 0.002),
    calls=st.floats(1, 4),
    rest=st.floats(0, 0.002),
    spread=st.floats(0, 1.5),
    size=st.just(1000),
)


def plain(web: float, spread: float = 0.0) -> Service:
    return Service(web, 0.0, 0.0, 0.0, spread, 0)


def plan_of(service: Service, load: float, **options: int) -> Plan:
    """As many requests as keep the web's cores this busy."""
    return Plan({"one": service}, {"one": 1.0}, rate=load * options.get("pods", 1) / service.web, **options)


@settings(max_examples=10)
@given(services, st.floats(0.1, 0.7), st.integers(1, 3))
def test_utilisation_law(service: Service, load: float, pods: int) -> None:
    """Cores are busy for the rate times what a request takes."""
    seen = simulate(plan_of(service, load, pods=pods, cores=8), requests=4000)
    assert seen.web == pytest.approx(load, rel=0.1)
    assert seen.mongo == pytest.approx(seen.rate * service.mongo / 8, rel=0.1)


@settings(max_examples=10)
@given(services, st.floats(0.1, 0.8))
def test_littles_law(service: Service, load: float) -> None:
    """As many are inside as arrive in the time that one is inside."""
    seen = simulate(plan_of(service, load, cores=8), requests=4000)
    assert seen.inside == pytest.approx(seen.rate * seen.mean, rel=0.1)


@settings(max_examples=8)
@given(services, st.floats(0.2, 0.8))
def test_more_pods_are_no_slower(service: Service, load: float) -> None:
    """The same requests meet the same times of service, and less of a queue."""
    plan = plan_of(service, load, cores=8)
    means = [simulate(plan._replace(pods=pods), requests=3000).mean for pods in (1, 2, 4)]
    assert means[0] >= means[1] * 0.98
    assert means[1] >= means[2] * 0.98


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_one_core_is_m_g_1(spread: float) -> None:
    """One thread of service without MongoDB waits as Pollaczek and Khinchine say."""
    plan = plan_of(plain(0.002, spread), 0.6, threads=1)
    seen = simulate(plan, requests=60_000)
    assert seen.mean == pytest.approx(0.002 + mean_wait(1, plan.rate, 0.002, spread), rel=0.07)


def test_many_cores_are_m_g_c() -> None:
    """Where the pods have nothing to do, MongoDB's cores are the queue."""
    service = Service(1e-7, 0.004, 1.0, 0.0, 1.0, 0)
    plan = Plan({"one": service}, {"one": 1.0}, rate=3 / 0.004, pods=8, threads=64, cores=4)
    seen = simulate(plan, requests=60_000)
    assert seen.mean == pytest.approx(0.004 + mean_wait(4, plan.rate, 0.004), rel=0.08)


def test_throughput_ends_at_the_core() -> None:
    """More requests than one core can serve are not served."""
    assert simulate(plan_of(plain(0.002), 1.5), requests=6000).rate == pytest.approx(500, rel=0.02)


def test_what_nobody_asks_is_work_too() -> None:
    """A pod that only looks at its queue is as busy as was measured."""
    idle = Idle(web=0.04, mongo=0.02, calls=5, connections=5)
    seen = simulate(plan_of(plain(0.001), 0.2)._replace(idle=idle), requests=4000)
    assert seen.web == pytest.approx(0.24, rel=0.07)
    assert seen.mongo == pytest.approx(0.02, rel=0.07)


def test_who_finds_a_pod_empty_is_slower() -> None:
    """As often as the pod has nothing to do, which is less often than with quick requests alone."""
    plan = plan_of(plain(0.001), 0.5)._replace(rested={"one": plain(0.002)})
    busy = simulate(plan, requests=20_000).web
    assert busy == pytest.approx(0.5 * (busy + (1 - busy) * 2), rel=0.05)


def test_the_sender_takes_from_mongodbs_core() -> None:
    """On one machine the generator is in the way of the database."""
    seen = simulate(plan_of(plain(0.001), 0.5)._replace(client=0.0005), requests=6000)
    assert seen.mongo == pytest.approx(0.25, rel=0.1)


def test_the_same_seed_is_the_same_run() -> None:
    """What is printed can be looked at again."""
    plan = plan_of(Service(0.001, 0.0003, 1.5, 0.0002, 0.5, 0), 0.6)
    assert simulate(plan, requests=500) == simulate(plan, requests=500)


def test_places_are_taken_in_order() -> None:
    """Who came first goes first, and a place is never given twice."""
    clock, seen = Clock(), list[tuple[str, float]]()
    station = Station(clock, 2)

    def visit(name: str) -> Process:
        yield from stay(station, 1.0)
        seen.append((name, clock.now))

    for name in "abc":
        clock.begin(visit(name), 0.0)
    clock.run(1.5)
    assert (seen, station.busy) == ([("a", 1.0), ("b", 1.0)], 2.5)
    clock.run(5.0)
    assert seen[-1] == ("c", 2.0)
    assert station.busy == 3.0


@given(st.integers(1, 60), st.floats(0.01, 0.99))
def test_erlang_c_is_a_probability_that_more_servers_lower(servers: int, share: float) -> None:
    """The same load meets fewer queues at one server more."""
    load = servers * share
    assert 0 <= busy_servers(servers + 1, load) <= busy_servers(servers, load) <= 1


def test_erlang_c_as_in_the_books() -> None:
    """One server is busy as often as it works; two at a load of one in a third of the time."""
    assert busy_servers(1, 0.4) == pytest.approx(0.4)
    assert busy_servers(2, 1.0) == pytest.approx(1 / 3)


@given(st.floats(1, 1e6), st.floats(1e-5, 0.1), st.floats(0.1, 1))
def test_pods_are_as_few_as_can_be(rate: float, service: float, utilisation: float) -> None:
    """They bear the rate, and one less would not."""
    pods = pods_for(rate, service, utilisation)
    assert rate * service <= pods * utilisation * (1 + 1e-6)
    assert pods == 1 or rate * service > (pods - 1) * utilisation * (1 - 1e-6)


def test_the_mean_request() -> None:
    """Is made of shares; endpoints that differ are spread, even if each is constant."""
    mean = mean_service({"a": plain(0.001), "b": plain(0.003)}, {"a": 0.5, "b": 0.5})
    assert mean.web == pytest.approx(0.002)
    assert mean.spread == pytest.approx(0.25)
