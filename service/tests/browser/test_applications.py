from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Watch, too_wide, violations
from browser.serving import Site
from browser.starting import end, now, started
from gleaner.store.model import RunFilter


@pytest.mark.parametrize("path", ["/applications", "/applications/team/water", "/applications/report/strongest"])
def test_everybody_can_use_it(any_page: Page, path: str) -> None:
    """In each look axe finds nothing, and nothing is wider than the window."""
    any_page.goto(path)
    expect(any_page.get_by_role("heading", level=1)).to_be_visible()
    assert violations(any_page) == []
    assert too_wide(any_page) == []


def test_from_the_list_to_a_run(page: Page, site: Site) -> None:
    """The list leads to the form, the form to the run, with what was typed."""
    page.goto("/applications")
    page.get_by_role("link", name="team/water").click()
    page.get_by_label("beds").fill("2")
    page.get_by_label("tool").select_option("hose")
    page.get_by_label("storm").check()
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/runs/*")
    run = now(site, page.url.rpartition("/")[2])
    end(site, run.id)
    assert (run.parameters["beds"], run.parameters["tool"], run.parameters["storm"]) == (2, "hose", True)
    assert (run.trigger, run.triggered_by) == ("web", "olga")


def test_mistakes_stand_at_their_fields(page: Page, watch: Watch) -> None:
    """The summary has the focus and leads to the field, whose message is read out with it; what was typed stays."""
    watch.expect("answer 400")
    page.goto("/applications/team/water")
    page.evaluate("document.querySelector('form.form').noValidate = true")  # a browser that checks nothing itself
    page.get_by_label("beds").fill("2.5")
    page.get_by_label("note").fill("kept")
    page.get_by_role("button", name="Start").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(page).to_have_title("Not started: team/water · Gleaner")
    summary.get_by_role("link", name="beds").click()
    field = page.get_by_label("beds")
    expect(field).to_be_focused()
    expect(field).to_have_value("2.5")
    expect(field).to_have_accessible_description("How many beds there are '2.5' is not a whole number")
    expect(page.get_by_label("note")).to_have_value("kept")
    assert violations(page) == []


def test_one_at_a_time(page: Page, site: Site, watch: Watch) -> None:
    """While a run is active a second one is not started, and the page leads to the first."""
    watch.expect("answer 409")
    with started(page, site, "water", beds="1000") as run_id:
        page.goto("/applications/team/water")
        page.get_by_label("note").fill("kept")
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_role("alert")).to_be_focused()
        expect(page.get_by_label("note")).to_have_value("kept")
        page.get_by_role("link", name="this run").click()
        page.wait_for_url(f"**/runs/{run_id}")


def test_a_double_click_starts_once(page: Page, site: Site) -> None:
    """Whoever clicks twice gets one run, also where several may be active."""
    before = site.context.store.list_runs(RunFilter(application="team/sleep"))
    page.goto("/applications/team/sleep")
    page.get_by_role("button", name="Start").dblclick()
    page.wait_for_url("**/runs/*")
    runs = site.context.store.list_runs(RunFilter(application="team/sleep"))
    for run in runs[: len(runs) - len(before)]:
        end(site, run.id)
    assert len(runs) == len(before) + 1


def test_a_form_is_sent_once(page: Page) -> None:
    """While the answer takes long, sending the form again is refused."""
    page.goto("/applications/team/sleep")
    refused = page.evaluate(
        """() => [1, 2].map(() => {
            const event = new SubmitEvent("submit", {cancelable: true});
            document.querySelector("form.form").dispatchEvent(event);
            return event.defaultPrevented;
        })"""
    )
    assert refused == [False, True]


def test_keyboard_alone(page: Page, site: Site) -> None:
    """The skip link leads past the frame; the form is filled in and sent without a mouse."""
    page.goto("/applications/team/water")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "parameter-1":
            break
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/*")
    run_id = page.url.rpartition("/")[2]
    end(site, run_id)
    assert now(site, run_id).parameters["beds"] in {1, 51, 15}


def test_a_viewer_is_told_why(open_page: Callable[..., Page]) -> None:
    """A viewer sees the form with its fields closed, and the reason."""
    page = open_page("victor")
    page.goto("/applications/team/water")
    expect(page.get_by_label("beds")).to_be_disabled()
    expect(page.get_by_role("button", name="Start")).to_be_disabled()
    expect(page.get_by_text("Only an operator may start it")).to_be_visible()
    assert violations(page) == []


def test_run_again_with_other_parameters(page: Page, site: Site) -> None:
    """A run that has ended leads to the form, filled in with what it was started with."""
    with started(page, site, "water", beds="1", note="again") as run_id:
        page.get_by_role("link", name="Run again with other parameters").click()
        expect(page.get_by_label("note")).to_have_value("again")
        expect(page.get_by_label("beds")).to_have_value("1")
        assert now(site, run_id).state == "succeeded"
