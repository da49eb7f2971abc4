"""What the model answers: pods and shards for rates and records, and where each design limit is."""

import math

from bench.figures import short, table
from model.laws import pods_for
from model.measured import Measured, Service
from model.mix import LOG_IN, usual
from model.system import Plan, mean_service, simulate

BUSY = 0.6  # a core is planned to be no busier: what is left is for bursts and for the loss of one in three
CORES = 8  # of a member of MongoDB
CACHE = 32 * 1024**3  # bytes of its memory that hold data and indexes: half of 64 GiB
LINE = 10e9 / 8  # bytes a second of one ingress
LOGINS = 0.001  # of a person's tasks: once in a working day with one every half minute
RATES = (10**3, 10**5, 10**6)
RECORDS = 10**9
_CURVE = (1, 2, 3, 4)
_RESTED = "rested: "


def mean_of(measured: Measured) -> Service:
    """Of requests of which as many find their pod empty as it has nothing to do."""
    mix = usual(logins=LOGINS)
    warm, rested = ({name: share * part for name, share in mix.items()} for part in (BUSY, 1 - BUSY))
    both = {**measured.services, **{_RESTED + name: each for name, each in measured.rested.items()}}
    return mean_service(both, {**warm, **{_RESTED + name: share for name, share in rested.items()}})


def pods(measured: Measured, rate: float) -> int:
    """Of one core each; what a pod takes that nobody asks is not for requests."""
    return pods_for(rate, mean_of(measured).web, BUSY - measured.idle.web)


def shards_by_rate(measured: Measured, rate: float) -> int:
    """For the commands of the requests and of that many pods."""
    cores = rate * mean_of(measured).mongo + pods(measured, rate) * measured.idle.mongo
    return max(1, math.ceil(cores / (CORES * BUSY)))


def shards_by_records(measured: Measured, records: float) -> int:
    """So that the indexes are in memory."""
    return max(1, math.ceil(records * measured.writing.indexes / CACHE))


def rates_table(measured: Measured) -> str:
    rows = [
        [
            f"{rate:,} requests/s",
            f"{(number := pods(measured, rate)):,}",
            f"{(shards := shards_by_rate(measured, rate)):,}",
            f"{max(shards, shards_by_records(measured, RECORDS)):,}",
            f"{number * measured.idle.connections:,}",
            f"{rate * mean_of(measured).size * 8 / 1e9:,.1f} Gbit/s",
        ]
        for rate in RATES
    ]
    head = ["rate", "web pods", "shards", "shards with 10^9 records", "connections to each mongod", "answers"]
    return table(head, rows)


def records_table(measured: Measured) -> str:
    writing, shards = measured.writing, shards_by_records(measured, RECORDS)
    rows = [
        ["data before compression", f"{RECORDS * writing.data / 1e12:.2f} TB"],
        ["indexes", f"{RECORDS * writing.indexes / 1e9:,.0f} GB"],
        ["shards that hold the indexes in memory", f"{shards}"],
        ["first collection by one collector", f"{RECORDS * writing.collector / 3600:.1f} h"],
        ["a report of all of them", f"{RECORDS / measured.work.report / 3600:.1f} h"],
    ]
    return table([f"{RECORDS:,} records", "takes"], rows)


def limits_table(measured: Measured) -> str:
    mean, writing = mean_of(measured), measured.writing
    rows = [
        ["one web pod (volume ReadWriteOnce)", f"{(BUSY - measured.idle.web) / mean.web:,.0f}", "requests/s"],
        [f"one MongoDB primary, {CORES} cores: reads", f"{CORES * BUSY / mean.mongo:,.0f}", "requests/s"],
        [f"one MongoDB primary, {CORES} cores: writes", f"{CORES * BUSY / writing.mongo:,.0f}", "new records/s"],
        [f"one MongoDB primary, {CORES} cores: unchanged", f"{CORES * BUSY / writing.unchanged:,.0f}", "records/s"],
        ["one collector", f"{1 / writing.collector:,.0f}", "records/s"],
        ["one collector: runs that find nothing new", f"{BUSY / measured.work.run * 3600:,.0f}", "runs/h"],
        ["indexes in 32 GiB of cache", f"{CACHE / writing.indexes / 1e6:,.0f}", "million records"],
        ["one ingress of 10 Gbit/s", f"{LINE * BUSY / mean.size:,.0f}", "requests/s"],
        ["log-ins, one web pod", f"{BUSY / measured.services[LOG_IN].web:.1f}", "log-ins/s"],
    ]  # fmt: skip
    return table(["limit", "is at", "of"], rows)


def pace(measured: Measured) -> str:
    """How long a request takes in a pod that is as busy as is planned."""
    mix = usual()
    rate = (BUSY - measured.idle.web) / mean_of(measured).web
    plan = Plan(measured.services, mix, rate, cores=CORES, idle=measured.idle, rested=measured.rested)
    seen = simulate(plan, requests=8000)
    return (
        f"In a pod that is busy for {BUSY:.0%} of the time a request takes {short(seen.mean * 1000)} ms in the mean"
        f" and {short(seen.percentile(0.95) * 1000)} ms at the 95th percentile, simulated."
    )


def answer(measured: Measured) -> str:
    parts = (rates_table(measured), pace(measured), records_table(measured), limits_table(measured))
    return "\n\n".join(parts)


def curve(measured: Measured) -> dict[str, list[int] | list[float]]:
    """Requests a second that so many pods give where there is always more to do, before one member of MongoDB."""
    mix = usual()
    service = mean_service(measured.services, mix).web
    plans = [Plan(measured.services, mix, 1.3 * n / service, pods=n, cores=CORES, idle=measured.idle) for n in _CURVE]
    rates = [round(simulate(plan, requests=4000 * plan.pods).rate, 1) for plan in plans]
    return {"pods": list(_CURVE), "requests_per_second": rates}
