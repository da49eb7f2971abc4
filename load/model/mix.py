"""What arrives: requests by endpoint, from the users of load/limits.yaml and the tasks of load/trial/users.py."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from trial.targets import Kind, read_targets

UNCHANGED = ", unchanged"  # the same request with `If-None-Match`, answered with 304

# Requests of so many tasks of a kind of user. Pages are `no-store`; the style sheet and the API's lists are not.
TASKS: Final[dict[Kind, tuple[int, dict[str, float]]]] = {
    "reader": (
        12,
        {
            "overview": 4,
            "style sheet": 4,
            "records": 4,
            "records, next page": 4,
            "one record": 4,
            "records, searched": 2,
            "runs": 1,
            "reports": 1,
        },
    ),
    "operator": (1, {"application": 1, "trigger": 1, "run": 1}),
    "client": (10, {"API sources": 6, "API records": 9, "API trigger": 2}),
}
LOG_IN = "log in"
_PEOPLE = ("reader", "operator")
_CONDITIONAL = ("style sheet", "API sources")  # asked again by whoever has seen them


def mix(users: Mapping[Kind, int], *, known: float = 0.9, logins: float = 0.0) -> dict[str, float]:
    """The share of each endpoint.

    `known` of the conditional requests have an answer that still holds; people log in before `logins` of their tasks.
    """
    found: defaultdict[str, float] = defaultdict(float)
    for kind, weight in users.items():
        tasks, requests = TASKS[kind]
        for name, number in requests.items():
            again = known if name in _CONDITIONAL else 0.0
            found[name] += weight * number / tasks * (1 - again)
            found[name + UNCHANGED] += weight * number / tasks * again
        found[LOG_IN] += weight * logins * (kind in _PEOPLE)
    total = sum(found.values())
    return {name: each / total for name, each in found.items() if each}


def usual(*, logins: float = 0.0) -> dict[str, float]:
    """Of the users of the target `local` in load/limits.yaml."""
    return mix(read_targets()["local"].users, logins=logins)
