import re

import pytest

from gleaner.running.application import Context
from gleaner.store.model import Outcome, Progress, RunFilter
from gleaner.store.protocol import QueryTooSlow, StoreUnavailable
from gleaner.web.pages import overview
from making import new_record, new_run
from web.conftest import Browser

LATE = 3 * 3_600_000


def finished(context: Context, state: str, reason: str = "", application: str = "collect/quakes") -> None:
    run = context.store.queue_run(new_run(application))
    claimed = context.store.claim_run("w", [], 60, run_id=run.id)
    assert claimed
    outcome = Outcome(state=state, reason=reason)  # type: ignore[arg-type] # a state by its name
    context.store.finish_run(run.id, claimed.attempt, outcome)


def test_it_works(client: Browser, context: Context) -> None:
    """A source is shown with its health, its records, its schedule in words and its bars."""
    context.store.keep_records("quakes", [new_record("1"), new_record("2")])
    finished(context, "succeeded")
    page = client.get("/").text
    assert 'class="health good"' in page
    assert "every hour at :00" in page
    assert "Records a day over 30 days: 2 in all, 2 today" in page


def test_an_empty_home_says_what_to_do(client: Browser) -> None:
    """Without runs and reports the page says how to get them."""
    page = client.get("/").text
    assert "it has not been collected yet" in page
    assert "No reports yet" in page
    assert "Nothing went wrong" in page


def test_texts_are_escaped(client: Browser, context: Context) -> None:
    """A title and a reason are text, whatever they hold."""
    finished(context, "failed", "<b>no</b>")
    page = client.get("/").text
    assert "&lt;Earthquakes&gt;" in page
    assert "<Earthquakes>" not in page
    assert "<b>no</b>" not in page


def test_a_run_at_work_has_a_bar(client: Browser, context: Context) -> None:
    """What is done and what there is to do are in the bar, and in words beside it."""
    run = context.store.queue_run(new_run())
    claimed = context.store.claim_run("w", [], 60, run_id=run.id)
    assert claimed
    context.store.report_progress(run.id, claimed.attempt, Progress(done=30, total=120, unit="records"))
    page = client.get("/").text
    assert 'max="120" value="30"' in page
    assert "30 of 120 records" in page


def test_what_repeats_is_told_once(client: Browser, context: Context) -> None:
    """Three failures of an application are one line with their number and the newest reason."""
    for reason in ("first", "second", "third"):
        finished(context, "failed", reason)
    troubles = client.get("/").text.partition('aria-labelledby="troubles"')[2]
    assert "3 times" in troubles
    assert "third" in troubles
    assert "second" not in troubles


def test_a_late_schedule_is_loud(client: Browser, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was due and is not queued stands at the top."""
    now = context.store.now()
    context.store.queue_run(new_run(due_at=now - LATE))
    assert len(context.store.list_runs(RunFilter())) == 1
    assert "is late" in client.get("/").text


def test_a_broken_package_is_loud(client: Browser) -> None:
    """A package that cannot be loaded stands at the top, with the error."""
    client.application.extensions["gleaner.registry"].broken["team"] = "ImportError: no module named <team>"
    page = client.get("/").text
    assert "An application that cannot be loaded" in page
    assert "no module named &lt;team&gt;" in page


def test_a_slow_count_costs_its_chart_only(client: Browser, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where counting takes too long the page says so in the chart's place."""

    def refuse(*_: object, **__: object) -> None:
        raise QueryTooSlow

    monkeypatch.setattr(context.store, "count_between", refuse)
    answer = client.get("/")
    assert answer.status_code == 200
    assert "no chart" in answer.text


def test_without_its_store_it_says_so(client: Browser, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page for a store that is away says so, shows a way on, and keeps the database's words to itself."""

    def refuse(*_: object, **__: object) -> None:
        raise StoreUnavailable("mongodb at 10.0.0.7 does not answer")

    monkeypatch.setattr(context.store, "last_runs", refuse)
    answer = client.get("/")
    assert answer.status_code == 503
    assert "The database does not answer" in answer.text
    assert "Try again" in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    assert "10.0.0.7" not in answer.text


def test_of_many_sources_the_worst_are_shown(
    client: Browser, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of bounded length: a failing source is on it however late the catalog names it; the others on demand."""
    monkeypatch.setattr(overview, "MOST_SOURCES", 2)
    sources = context.catalog.sources
    sources.update(dict.fromkeys(("second", "third", "fourth"), sources["quakes"]))
    for name, state in (("quakes", "succeeded"), ("third", "failed"), ("fourth", "succeeded")):
        finished(context, state, application=f"collect/{name}")

    page = client.get("/").text
    assert shown(page) == ["third", "second"]
    assert "2 more are no worse" in page
    assert shown(client.get("/?all=1").text) == ["quakes", "second", "third", "fourth"]


def test_questions_do_not_grow(client: Browser, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of sources that are not shown nothing is asked one by one."""
    monkeypatch.setattr(overview, "MOST_SOURCES", 2)
    sources = context.catalog.sources
    sources.update({f"more-{number}": sources["quakes"] for number in range(20)})
    counted: list[str] = []
    count = context.store.count_records
    monkeypatch.setattr(context.store, "count_records", lambda name: counted.append(name) or count(name))
    client.get("/")
    assert len(counted) == 2


def shown(page: str) -> list[str]:
    """Sources in the order of their rows."""
    return re.findall(r'<th scope="row"[^>]*><a href="/sources/([^"]+)">', page)
