import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from gleaner.running.application import Context
from gleaner.store.model import MAX_LINES, NewLine, Outcome, Progress, Reject, Run
from making import new_run
from web.visitors import Browser

Finish = Callable[..., Run]


def queued(context: Context, **values: Any) -> Run:
    return context.store.queue_run(new_run(**values))


def running(context: Context, **values: Any) -> Run:
    run = queued(context, **values)
    claimed = context.store.claim_run("worker-7", [], 60, run_id=run.id)
    assert claimed
    return claimed


def finished(context: Context, state: str = "succeeded", *, reason: str = "", **result: Any) -> Run:
    run = running(context)
    outcome = Outcome(state=state, reason=reason, result=result)  # type: ignore[arg-type] # a state by its name
    return context.store.finish_run(run.id, run.attempt, outcome)


def say(context: Context, run: Run, count: int, level: str = "info") -> None:
    context.store.add_lines(run.id, [NewLine(1_700_000_000_000, level, f"<line {n}>") for n in range(1, count + 1)])


def live(client: Browser, run: Run, **query: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.get(f"/runs/{run.id}/live", query_string=query).data)
    return found


# -- the list ----------------------------------------------------------------------------------------------


def test_it_works(client: Browser, context: Context) -> None:
    """Runs are listed newest first with state, origin, reason and count."""
    first = finished(context, "failed", reason="the <well> is dry")
    second = running(context, trigger="web", triggered_by="ada")
    page = client.get("/runs").text
    assert page.index(second.id) < page.index(first.id)
    assert "the &lt;well&gt; is dry" in page
    assert "ada" in page


def test_an_empty_list_says_what_to_do(client: Browser) -> None:
    """Where nothing has run, and where no run matches, the page says what to do next."""
    assert "Nothing has run yet" in client.get("/runs").text
    assert "No run matches" in client.get("/runs?state=failed").text


def test_filters(client: Browser, context: Context) -> None:
    """Application, states, trigger and time narrow the list, and stay in the form."""
    bad, good = finished(context, "failed"), finished(context)
    other = queued(context, application="retain", trigger="schedule")
    page = client.get("/runs?state=failed&state=queued&application=").text
    assert bad.id in page
    assert other.id in page
    assert good.id not in page
    assert 'value="failed" checked' in page
    page = client.get("/runs?application=retain&trigger=schedule&since=2020-01-01").text
    assert other.id in page
    assert bad.id not in page
    assert "<option selected>retain</option>" in page
    assert bad.id not in client.get("/runs?since=2999-01-01").text


def test_a_wrong_filter_stays_in_its_form(client: Browser) -> None:
    """What cannot be read is told beside the form, which keeps what was typed."""
    answer = client.get("/runs?since=yesterday&application=retain")
    assert answer.status_code == 400
    assert "yesterday" in answer.text
    assert "<option selected>retain</option>" in answer.text


def test_pages_follow_each_other(client: Browser, context: Context) -> None:
    """A cursor leads through all runs, each once, and keeps the filter."""
    made = {finished(context).id for _ in range(60)}
    seen: list[str] = []
    address: str | None = "/runs?state=succeeded&application=collect/quakes"
    for _ in range(3):
        if address is None:
            break
        page = client.get(address).text
        seen += re.findall(r'<th scope="row"[^>]*><a href="/runs/(\w+)"', page)
        rest = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
        address = rest if 'rel="next"' in page else None
    assert sorted(seen) == sorted(made)
    assert address is None


# -- one run -----------------------------------------------------------------------------------------------


def test_a_run_at_work(client: Browser, context: Context) -> None:
    """Its page shows who started it, the attempt, the bar, the log's end, and how to cancel it."""
    run = running(
        context, trigger="web", triggered_by="ada", max_attempts=3, traceparent=f"00-{'a' * 32}-{'b' * 16}-01"
    )
    context.store.report_progress(run.id, run.attempt, Progress(done=1200, total=4000, message="page 3"))
    say(context, run, 3)
    page = client.get(f"/runs/{run.id}").text
    for piece in ("ada", "1 of 3", "worker-7", "a" * 32, "1,200 of 4,000 records", 'max="4000" value="1200"', "page 3"):
        assert piece in page
    assert "&lt;line 3&gt;" in page
    assert f'data-live="/runs/{run.id}/live"' in page
    assert "It is asked to end, and has ended within 10 s." in page


def test_a_run_that_waits(client: Browser, context: Context) -> None:
    """It says until when it waits, and why."""
    run = running(context)
    context.store.return_run(run.id, run.attempt, reason="the API asks for an hour", delay=3600, spent=False)
    page = client.get(f"/runs/{run.id}").text
    assert "the API asks for an hour" in page
    assert "in 59 min" in page


def test_a_run_that_failed(client: Browser, context: Context) -> None:
    """The error stands in words with advice; it can be retried, or run again with other parameters."""
    run = finished(context, "failed", reason="the <well> is dry")
    page = client.get(f"/runs/{run.id}").text
    assert "the &lt;well&gt; is dry" in page
    assert "What was stored until then stays" in page
    assert f'action="/runs/{run.id}/retry"' in page
    assert f'href="/applications/collect/quakes?from={run.id}"' in page
    assert "data-live" not in page


def test_counts_beside_the_last_success(client: Browser, context: Context) -> None:
    """What was counted stands beside the last success, with the change."""
    before = finished(context, records={"new": 100}, pages=4)
    run = finished(context, "suspect", reason="fewer than announced", records={"new": 97}, pages=4)
    page = client.get(f"/runs/{run.id}").text
    assert "−3 %" in page  # noqa: RUF001 - a minus sign
    assert "the same" in page
    assert f'href="/runs/{before.id}"' in page


def test_rejected_records(client: Browser, context: Context) -> None:
    """They stand with reason and beginning; many are shown on request."""
    run = running(context)
    context.store.add_rejects(run.id, [Reject(2, n, f"no key {n}", '{"<a>": 1}') for n in range(1, 151)])
    page = client.get(f"/runs/{run.id}").text
    assert "page 2, record 1: no key 1" in page
    assert "{&#34;&lt;a&gt;&#34;: 1}" in page
    assert "no key 150" not in page
    assert "no key 150" in client.get(f"/runs/{run.id}?rejects=all").text


def test_its_report(client: Browser, context: Context) -> None:
    """A report that retention has deleted is not linked."""
    run = finished(context, report="all.20240101T000000000Z.00000001", rows=3, files=[])
    assert "Retention has deleted its report since" in client.get(f"/runs/{run.id}").text


def test_an_unknown_run(client: Browser) -> None:
    """The page says so, whatever was asked of it."""
    for path in ("/runs/no", "/runs/no/live", "/runs/no/log"):
        assert client.get(path).status_code == 404
    assert client.submit("/runs/no/cancel").status_code == 404
    assert client.submit("/runs/no/retry").status_code == 404


# -- its log -----------------------------------------------------------------------------------------------


def test_the_log_opens_at_its_end(client: Browser, context: Context) -> None:
    """The last lines are shown; older ones are a link away, also without the script."""
    run = running(context)
    say(context, run, 450)
    page = client.get(f"/runs/{run.id}").text
    assert "&lt;line 450&gt;" in page
    assert "&lt;line 250&gt;" not in page
    assert f'href="/runs/{run.id}?before=251#log"' in page
    older = client.get(f"/runs/{run.id}?before=251").text
    assert "&lt;line 250&gt;" in older
    assert "&lt;line 251&gt;" not in older
    assert "To the end of the log" in older


def test_new_lines_for_the_script(client: Browser, context: Context) -> None:
    """It gets what came after the last line it has, in portions, and the older ones before the first."""
    run = running(context)
    say(context, run, 450)
    numbers = [line["number"] for line in live(client, run, after=440)["lines"]]
    assert numbers == list(range(441, 451))
    portion = live(client, run, after=0)
    assert (len(portion["lines"]), portion["newer"]) == (200, True)
    older = live(client, run, before=151)
    assert [older["lines"][0]["number"], older["lines"][-1]["number"], older["older"]] == [1, 150, False]
    assert live(client, run, after=450)["lines"] == []


def test_how_it_stands_for_the_script(client: Browser, context: Context) -> None:
    """State, progress and what the button says come in words; after the end it says so."""
    run = running(context)
    context.store.report_progress(run.id, run.attempt, Progress(done=3, total=4, unit="files"))
    told = live(client, run)
    assert (told["state"], told["ended"], told["progress"]["counted"]) == ("running", False, "3 of 4 files")
    assert (told["cancel"]["label"], told["asked"]) == ("Cancel", 0)
    context.store.finish_run(run.id, run.attempt, Outcome(state="failed", reason="no"))
    told = live(client, run)
    assert (told["state"], told["ended"], told["cancel"]) == ("failed", True, None)


def test_what_the_script_gets_is_no_page(client: Browser, context: Context) -> None:
    """Lines may hold anything: opened by themselves they are JSON, never markup."""
    run = running(context)
    say(context, run, 1)
    for path in (f"/runs/{run.id}/live", "/runs/live", f"/runs/{run.id}/log"):
        answer = client.get(path)
        assert answer.mimetype in {"application/json", "text/plain"}
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_wrong_line_numbers(client: Browser, context: Context) -> None:
    """What is no number is refused in words."""
    run = running(context)
    assert client.get(f"/runs/{run.id}/live?after=x").status_code == 400
    assert client.get(f"/runs/{run.id}?before=-1").status_code == 400


def test_dropped_lines_are_counted(client: Browser, context: Context) -> None:
    """Where lines are missing the page says how many, in the log and in all."""
    run = running(context)
    say(context, run, MAX_LINES)
    say(context, run, 5)
    say(context, run, 1, "warning")
    page = client.get(f"/runs/{run.id}").text
    assert "5 lines were dropped here" in page
    assert "<span>5</span> lines were dropped" in page
    assert live(client, run, after=MAX_LINES)["lines"][0]["dropped"] == 5
    assert "… 5 lines were dropped" in client.get(f"/runs/{run.id}/log").text


def test_the_whole_log(client: Browser, context: Context) -> None:
    """It is a text file with a name that tells what it is, line by line with time and level."""
    run = running(context)
    say(context, run, 2300)
    say(context, run, 1, "error")
    answer = client.get(f"/runs/{run.id}/log")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f"attachment; filename=collect-quakes-{run.id}.log"
    lines = answer.text.splitlines()
    assert len(lines) == 2301
    assert lines[0] == "2023-11-14T22:13:20Z info    <line 1>"
    assert lines[-1] == "2023-11-14T22:13:20Z error   <line 1>"


def test_the_log_is_sent_while_it_is_read(client: Browser, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first lines go out before the next ones are read: a long log takes no more memory than a short one."""
    run = running(context)
    say(context, run, 3000)
    reads: list[int] = []
    read_lines = context.store.read_lines
    monkeypatch.setattr(
        context.store, "read_lines", lambda *args, **values: reads.append(1) or read_lines(*args, **values)
    )
    with client.get(f"/runs/{run.id}/log", buffered=False) as answer:
        first = next(chunk for chunk in answer.iter_encoded() if chunk)
    assert (first, len(reads)) == (b"2023-11-14T22:13:20Z info    <line 1>\n", 1)


# -- bars --------------------------------------------------------------------------------------------------


def test_several_bars_at_once(client: Browser, context: Context) -> None:
    """Those runs that there are, whatever else was asked for."""
    run = running(context)
    other = queued(context, application="retain")
    told = json.loads(client.get(f"/runs/live?ids={run.id},no,{other.id},").data)
    assert [(bar["id"], bar["state"], bar["ended"]) for bar in told] == [
        (run.id, "running", False),
        (other.id, "queued", False),
    ]
    assert json.loads(client.get("/runs/live").data) == []


# -- what can be done --------------------------------------------------------------------------------------


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
