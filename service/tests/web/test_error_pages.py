import pytest
from flask import Flask, g

from gleaner.running.application import Context
from gleaner.store.model import RunFilter
from gleaner.web.problems import KINDS, Problem, answer_problem
from making import new_run
from web.conftest import Browser

WITH_ADVICE = {400, 403, 404, 405, 409, 413, 429, 500, 503}


def shown(kind: str, detail: str = "") -> str:
    return answer_problem(Problem(kind, detail)).get_data(as_text=True)


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_its_page(app: Flask, kind: str) -> None:
    """What happened, in escaped words, the request's id, and a way on."""
    with app.test_request_context("/x"):
        g.request_id = "request-7"
        answer = answer_problem(Problem(kind, "It is <so>."))
    assert answer.status_code == KINDS[kind][0]
    page = answer.get_data(as_text=True)
    assert KINDS[kind][1] in page
    assert "It is &lt;so&gt;." in page
    assert "request-7" in page
    assert "To the overview" in page


@pytest.mark.parametrize("kind", [kind for kind, (status, _) in KINDS.items() if status in WITH_ADVICE])
def test_it_says_what_to_do_next(app: Flask, kind: str) -> None:
    """Beside what happened stands what a person can do about it."""
    with app.test_request_context("/x"):
        page = shown(kind, "Detail.")
    assert page.partition("<p>Detail.</p>")[2].lstrip().startswith("<p>")


def test_try_again_is_for_what_may_pass(app: Flask) -> None:
    """Only a reading request may simply be sent again, with its query."""
    with app.test_request_context("/runs?state=failed"):
        assert 'href="/runs?state=failed"' in shown("store-unavailable")
        assert "Try again</a>" not in shown("not-found")
    with app.test_request_context("/applications/retain", method="POST"):
        assert "Try again</a>" not in shown("store-unavailable")


def test_a_taken_slot_leads_to_its_run(client: Browser, context: Context) -> None:
    """409: the run in the way is one click away."""
    context.store.queue_run(new_run(slot="collect/quakes"))
    answer = client.submit("/applications/collect/quakes")
    run = context.store.list_runs(RunFilter())[0]
    assert answer.status_code == 409
    assert f"/runs/{run.id}" in answer.text


def test_an_unknown_address_is_a_page(client: Browser) -> None:
    """404 wherever nothing is."""
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "To the overview" in answer.text
