import pytest

from gleaner.running.application import Context
from gleaner.settings import Settings
from gleaner.store.model import Outcome, Run, RunFilter
from web.visitors import Browser

CATALOG = """
sources:
  quakes: {title: Earthquakes, url: "https://example.org/q", key: id, schedule: "0 * * * *"}
reports:
  air:
    title: Air
    description: The air of <a> place.
    sources: [quakes]
    sql: SELECT $place, $days, $share, $since, $kind, $all
    params:
      place: {default: here, description: Where it was measured}
      days: {type: integer, default: 7}
      share: {type: number, default: 0.5}
      since: {type: date, default: "2024-01-31"}
      kind: {choices: [pm10, no2], default: pm10}
      all: {type: boolean, default: true}
"""
FORM: dict[str, object] = {
    "p.place": "there",
    "p.days": "3",
    "p.share": "0.1",
    "p.since": "2024-02-29",
    "p.kind": "no2",
}
READ = {"place": "there", "days": 3, "share": 0.1, "since": "2024-02-29", "kind": "no2", "all": False}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    settings.catalog.write_text(CATALOG)
    return settings


def only_run(context: Context) -> Run:
    (run,) = context.store.list_runs()
    return run


def test_it_works(client: Browser, context: Context) -> None:
    """Applications stand in their groups, with description, schedule and last run."""
    client.submit("/applications/report/air", FORM)
    page = client.get("/applications").text
    assert page.index("Collect") < page.index("collect/quakes") < page.index("report/air") < page.index("Housekeeping")
    assert "The air of &lt;a&gt; place." in page
    assert "every hour" in page
    assert only_run(context).id in page


def test_the_form_has_a_field_of_each_type(client: Browser) -> None:
    """Fields have the types, defaults and hints of their parameters."""
    page = client.get("/applications/report/air").text
    for piece in (
        'type="text" id="parameter-1" name="p.place" aria-describedby="parameter-1-hint" value="here"',
        '<p class="hint" id="parameter-1-hint">Where it was measured</p>',
        'type="number" id="parameter-2" name="p.days" value="7" step="1"',
        'type="number" id="parameter-3" name="p.share" value="0.5" step="any"',
        'type="date" id="parameter-4" name="p.since" value="2024-01-31"',
        "<option selected>pm10</option><option>no2</option>",
        'type="checkbox" id="parameter-6" name="p.all" value="true" checked',
    ):
        assert piece in page


def test_starting_leads_to_the_run(client: Browser, context: Context) -> None:
    """The form's values are read by type, the run is queued in the person's name, and its page is next."""
    answer = client.submit("/applications/report/air", FORM)
    run = only_run(context)
    assert (answer.status_code, answer.location) == (303, f"/runs/{run.id}")
    assert (run.parameters, run.trigger, run.triggered_by) == (READ, "web", "olga")


def test_mistakes_stand_at_their_fields(client: Browser, context: Context) -> None:
    """Every wrong value stays in its field with its message, and a summary links to each."""
    answer = client.submit("/applications/report/air", {**FORM, "p.days": "3.5", "p.kind": "so2", "p.place": "<b>"})
    assert answer.status_code == 400
    assert 'value="3.5"' in answer.text
    assert 'aria-describedby="parameter-2-error" aria-invalid="true"' in answer.text
    assert "&#39;3.5&#39; is not a whole number" in answer.text
    assert '<a href="#parameter-5">kind</a>' in answer.text
    assert 'value="&lt;b&gt;"' in answer.text
    assert context.store.list_runs() == []


def test_a_field_that_is_gone_is_told(client: Browser) -> None:
    """A form that was opened before the catalog changed is not read half."""
    answer = client.submit("/applications/report/air", {**FORM, "p.old": "1"})
    assert answer.status_code == 400
    assert "there is no parameter &#39;old&#39;" in answer.text


def test_one_at_a_time(client: Browser, context: Context) -> None:
    """While a run is active the form says which, keeps its values, and starts nothing."""
    client.submit("/applications/report/air", FORM)
    first = only_run(context)
    answer = client.submit("/applications/report/air", {**FORM, "p.place": "elsewhere"})
    assert answer.status_code == 409
    assert f'href="/runs/{first.id}"' in answer.text
    assert 'value="elsewhere"' in answer.text
    assert only_run(context).id == first.id


def test_again_with_other_parameters(client: Browser, context: Context) -> None:
    """The form begins with the parameters of an earlier run."""
    client.submit("/applications/report/air", FORM)
    run = only_run(context)
    page = client.get(f"/applications/report/air?from={run.id}").text
    for piece in ('value="there"', 'value="3"', 'value="2024-02-29"', "<option selected>no2</option>"):
        assert piece in page
    assert "checked" not in page
    assert "Start again" in page


@pytest.mark.parametrize("which", ["nothing", "another"])
def test_an_earlier_run_that_does_not_fit(client: Browser, context: Context, which: str) -> None:
    """A run that is gone, or of another application, leaves the defaults."""
    client.submit("/applications/retain", {"p.dry_run": "true"})
    run = only_run(context).id if which == "another" else "nothing"
    page = client.get(f"/applications/report/air?from={run}").text
    assert 'value="here"' in page
    assert "Start again" not in page


def test_an_unticked_box(client: Browser, context: Context) -> None:
    """A box that is on by default can be switched off."""
    client.submit("/applications/report/air", {})
    assert only_run(context).parameters["all"] is False


def test_a_viewer_sees_the_form_and_why_it_is_closed(viewer: Browser, context: Context) -> None:
    """A viewer may look, is told why nothing can be started, and is refused when it is tried all the same."""
    page = viewer.get("/applications/report/air").text
    assert '<fieldset disabled aria-describedby="reason">' in page
    assert "Only an operator may start it" in page
    assert viewer.submit("/applications/report/air", FORM).status_code == 403
    assert context.store.list_runs() == []


def test_a_form_of_another_site_starts_nothing(client: Browser, context: Context) -> None:
    """Without the form's own token nothing is started."""
    assert client.post("/applications/report/air", data=FORM).status_code in {400, 403}
    assert context.store.list_runs() == []


def test_an_unknown_application(client: Browser) -> None:
    """The page says so and names what there is."""
    for answer in (client.get("/applications/report/no"), client.submit("/applications/report/no", {})):
        assert answer.status_code == 404
        assert "report/air" in answer.text


def test_the_last_runs(client: Browser, context: Context) -> None:
    """The form's page shows how the last runs went."""
    client.submit("/applications/report/air", FORM)
    claimed = context.store.claim_run("here", [], 10)
    assert claimed
    context.store.finish_run(claimed.id, claimed.attempt, Outcome(state="failed", reason="the well is <dry>"))
    page = client.get("/applications/report/air").text
    assert "the well is &lt;dry&gt;" in page
    assert context.store.list_runs(RunFilter(application="report/air"))[0].id in page
