"""`/runs`: trigger, list, look at, cancel and retry runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from gleaner.store.model import Reject, Run
from gleaner.web import actions
from gleaner.web.api.answers import Page, answer_hot, answer_json
from gleaner.web.api.given import no_query, read_body
from gleaner.web.api.moments import rfc3339
from gleaner.web.api.run_json import run_json
from gleaner.web.audit import audit
from gleaner.web.current import context, principal, registry
from gleaner.web.idempotency import once
from gleaner.web.problems import problem_of
from gleaner.web.queries import read_query, run_cursor, run_filter
from gleaner.web.readers import whole

MAX_LINES = 1000


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to run. Parameters that are left out have their defaults."""

    application: str
    parameters: dict[str, Any] = {}


class LineJson(msgspec.Struct, frozen=True):
    """A line of a run's log."""

    number: int
    time: str
    level: str
    text: str


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/runs", view_func=list_runs, endpoint="runs")
    blueprint.add_url_rule("/runs", view_func=trigger, endpoint="trigger", methods=["POST"])
    blueprint.add_url_rule("/runs/<run_id>", view_func=get_run, endpoint="run")
    blueprint.add_url_rule("/runs/<run_id>/lines", view_func=list_lines, endpoint="lines")
    blueprint.add_url_rule("/runs/<run_id>/rejects", view_func=list_rejects, endpoint="rejects")
    blueprint.add_url_rule("/runs/<run_id>/cancel", view_func=cancel, endpoint="cancel", methods=["POST"])
    blueprint.add_url_rule("/runs/<run_id>/retry", view_func=retry, endpoint="retry", methods=["POST"])


def list_runs() -> ResponseReturnValue:
    """Newest first; the page that everybody asks for is kept as bytes."""
    if not request.query_string:
        return answer_hot(_page)
    return answer_json(_page())


def _page() -> object:
    wanted = run_filter(request.args)
    more = msgspec.structs.replace(wanted, limit=wanted.limit + 1)
    found = context().store.list_runs(more)
    runs = found[: wanted.limit]
    return Page([run_json(run) for run in runs], run_cursor(wanted, runs[-1].id) if len(found) > len(runs) else None)


def get_run(run_id: str) -> ResponseReturnValue:
    no_query()
    return answer_json(run_json(actions.find_run(context(), run_id)))


def trigger() -> ResponseReturnValue:
    """202: the run waits in the queue."""
    no_query()
    order = read_body(Order)
    name, given = order.application, order.parameters
    with _audited("trigger", name):
        return _start(
            ["trigger", name, given],
            lambda by: actions.trigger(context(), registry(), name, given, by=by, how="api"),
        )


def retry(run_id: str) -> ResponseReturnValue:
    no_query()
    with _audited("retry", run_id):
        return _start(["retry", run_id], lambda by: actions.retry(context(), registry(), run_id, by=by))


def cancel(run_id: str) -> ResponseReturnValue:
    no_query()
    with _audited("cancel", run_id):
        return answer_json(run_json(actions.cancel(context(), run_id)))


def _start(asked: object, act: Callable[[str], Run]) -> ResponseReturnValue:
    """Once for each Idempotency-Key of the one who asks."""
    asker = principal()
    by = asker.name if asker else ""
    run = once(context().store, by, request.headers.get("Idempotency-Key"), asked, lambda: act(by))
    return answer_json(run_json(run), 202, {"Location": f"/api/v1/runs/{run.id}"})


@contextmanager
def _audited(what: str, target: str) -> Iterator[None]:
    """One line however it ends."""
    try:
        yield
    except Exception as error:
        audit(what, target, outcome=problem_of(error).kind)
        raise
    audit(what, target)


def list_lines(run_id: str) -> ResponseReturnValue:
    """`next` goes on in the same direction: as `after`, or as `before` where that was asked; None at the end.

    While a run is active there is no end: the same number is asked for again.
    """
    asked = read_query(request.args, _LINES)
    run = actions.find_run(context(), run_id)  # before its lines: once it has ended, there are no further ones
    limit, before = asked.get("limit", 500), asked.get("before")
    lines = context().store.read_lines(run_id, after=asked.get("after", 0), before=before, limit=limit)
    shown = [LineJson(line.number, rfc3339(line.time), line.level, line.text) for line in lines]
    if before is not None:
        further = str(shown[0].number) if len(shown) == limit else None
    else:
        last = shown[-1].number if shown else asked.get("after", 0)
        further = str(last) if len(shown) == limit or run.ended_at is None else None
    return answer_json(Page(shown, further))


def list_rejects(run_id: str) -> ResponseReturnValue:
    no_query()
    actions.find_run(context(), run_id)
    rejects: list[Reject] = context().store.read_rejects(run_id)
    return answer_json(Page(rejects))


_NUMBERS = whole(0, 2**31 - 1)
_LINES = {"after": _NUMBERS, "before": _NUMBERS, "limit": whole(1, MAX_LINES)}
