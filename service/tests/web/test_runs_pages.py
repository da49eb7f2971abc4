"""The list of runs, one run, and how far several are."""

import json
import re

from gleaner.running.application import Context
from gleaner.store.model import Progress, Reject
from web.runs_made import finished, queued, running, say
from web.visitors import Browser

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
