"""What can be done with a run: cancel, kill, retry."""

import pytest

from gleaner.running.application import Context
from gleaner.store.model import Run
from web.runs_made import finished, live, queued, running
from web.visitors import Browser


def asked(context: Context, run: Run) -> int:
    found = context.store.get_run(run.id)
    assert found
    return found.cancel_requests


def test_cancel_asks_and_then_kills(client: Browser, context: Context) -> None:
    """The first click asks; the button then says that it kills, and does."""
    run = running(context)
    answer = client.submit(f"/runs/{run.id}/cancel", {"asked": "0"})
    assert (answer.status_code, answer.location) == (303, f"/runs/{run.id}")
    assert asked(context, run) == 1
    page = client.get(f"/runs/{run.id}").text
    assert "Kill it now" in page
    assert 'name="asked" value="1"' in page
    client.submit(f"/runs/{run.id}/cancel", {"asked": "1"})
    assert asked(context, run) == 2


def test_a_double_click_kills_nothing(client: Browser, context: Context) -> None:
    """The same form sent twice asks once: killing takes a form that says so."""
    run = running(context)
    for _ in range(2):
        assert client.submit(f"/runs/{run.id}/cancel", {"asked": "0"}).status_code == 303
    assert asked(context, run) == 1


def test_cancel_what_waits(client: Browser, context: Context) -> None:
    """A queued run ends at once."""
    run = queued(context)
    client.submit(f"/runs/{run.id}/cancel", {"asked": "0"})
    assert live(client, run)["state"] == "cancelled"


def test_retry_keeps_the_parameters(client: Browser, context: Context) -> None:
    """A retry is a new run of its own with the very same parameters, in the person's name."""
    old = queued(context, parameters={"full": True, "confirm_deletes": False})
    context.store.cancel_run(old.id)
    answer = client.submit(f"/runs/{old.id}/retry")
    new = context.store.list_runs()[0]
    assert (answer.status_code, answer.location) == (303, f"/runs/{new.id}")
    assert (new.parameters, new.retry_of, new.triggered_by) == (old.parameters, old.id, "olga")


def test_only_one_retry_at_a_time(client: Browser, context: Context) -> None:
    """A second one is refused and leads to the first."""
    old = finished(context)
    client.submit(f"/runs/{old.id}/retry")
    answer = client.submit(f"/runs/{old.id}/retry")
    assert answer.status_code == 409
    assert context.store.list_runs()[0].id in answer.text


@pytest.mark.parametrize("what", ["cancel", "retry"])
def test_a_viewer_changes_nothing(viewer: Browser, context: Context, what: str) -> None:
    """A viewer sees no button, and is refused when it is tried all the same."""
    run = running(context)
    assert f'action="/runs/{run.id}/{what}"' not in viewer.get(f"/runs/{run.id}").text
    assert viewer.submit(f"/runs/{run.id}/{what}", {"asked": "0"}).status_code == 403
    assert asked(context, run) == 0


@pytest.mark.parametrize("what", ["cancel", "retry"])
def test_a_form_of_another_site_does_nothing(client: Browser, context: Context, what: str) -> None:
    """Without the form's own token nothing happens."""
    run = running(context)
    assert client.post(f"/runs/{run.id}/{what}", data={"asked": "0"}).status_code in {400, 403}
    assert asked(context, run) == 0
    assert len(context.store.list_runs()) == 1
