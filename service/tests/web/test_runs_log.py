"""The log of a run: on its page, for the script there, and as a whole."""

import pytest

from gleaner.running.application import Context
from gleaner.store.model import MAX_LINES, Outcome, Progress
from web.runs_made import live, running, say
from web.visitors import Browser


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
