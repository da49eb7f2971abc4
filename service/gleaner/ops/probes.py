"""`/livez`: the loop goes round. `/readyz`: what the process depends on answers; each dependency by name."""

from collections.abc import Sequence

from gleaner.ops.dependency import Dependency
from gleaner.ops.heartbeat import Heartbeat
from gleaner.ops.server import Reply, Route, json_reply


def probes(heartbeat: Heartbeat, dependencies: Sequence[Dependency]) -> dict[str, Route]:
    """The two routes. What exactly failed is in the log, not here."""
    return {"/livez": lambda _accepts: live(heartbeat), "/readyz": lambda _accepts: ready(dependencies)}


def live(heartbeat: Heartbeat) -> Reply:
    """Never asks a dependency: a broken database is no reason to restart what waits for it."""
    status = "stuck" if heartbeat.stuck else "alive"
    return json_reply(503 if heartbeat.stuck else 200, {"status": status, "heartbeat_age": round(heartbeat.age, 3)})


def ready(dependencies: Sequence[Dependency]) -> Reply:
    told = {each.name: each.look() for each in dependencies}
    answering = all(each.answers for each in told.values())
    found = {
        name: {
            "state": "ready" if each.answers else "unavailable",
            "age": round(each.age, 3),
            "latency": round(each.latency, 4),
        }
        for name, each in told.items()
    }
    status = "ready" if answering else "unready"
    return json_reply(200 if answering else 503, {"status": status, "dependencies": found})
