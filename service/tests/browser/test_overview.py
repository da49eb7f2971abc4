"""The overview in a real browser."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from browser.conftest import too_wide, violations
from browser.serving import Site


def test_it_works(page: Page) -> None:
    """Every source stands there with its health in a word, and its title leads to its page."""
    page.goto("/")
    expect(page.get_by_role("row", name="Ferry departures")).to_contain_text("failing")
    expect(page.get_by_role("row", name="Earthquakes")).to_contain_text("good")
    page.get_by_role("link", name="Earthquakes", exact=True).click()
    expect(page.get_by_role("heading", name="Earthquakes", level=1)).to_be_visible()


def test_it_is_accessible_in_every_look(any_page: Page) -> None:
    """Axe finds nothing, and nothing makes the page scroll sideways."""
    any_page.goto("/")
    assert violations(any_page) == []
    assert too_wide(any_page) == []


def test_what_needs_a_look_is_loud(page: Page) -> None:
    """A broken package, a paused schedule and what failed today stand there with the reason."""
    page.goto("/")
    expect(page.get_by_role("region", name="An application that cannot be loaded")).to_contain_text("orchard")
    expect(page.get_by_role("region", name="Schedules that need a look")).to_contain_text("collect/archive")
    failed = page.get_by_role("region", name="Failed or in doubt in the last day")
    expect(failed).to_contain_text("it does not take the secret")
    expect(failed).to_contain_text("3 times")


def test_the_sparkline_has_a_text(page: Page) -> None:
    """Whoever does not see the bars is told what they show."""
    page.goto("/")
    chart = page.get_by_role("row", name="Earthquakes").get_by_role("img")
    expect(chart).to_have_accessible_name(r := chart.get_attribute("aria-label") or "")
    assert "records a day over 30 days" in r.lower()


def test_it_follows_a_run_without_a_reload(page: Page, site: Site) -> None:
    """The bar of a run at work moves while the page is open."""
    running = next(run for run in site.context.store.list_runs() if run.state == "running")
    page.goto("/")
    bar = page.get_by_role("region", name="In progress").get_by_role("progressbar")
    expect(bar).to_have_attribute("value", str(running.progress.done))
    site.context.store.report_progress(running.id, running.attempt, moved(running.progress, 400))
    try:
        expect(bar).to_have_attribute("value", str(running.progress.done + 400))
    finally:
        site.context.store.report_progress(running.id, running.attempt, running.progress)


def moved(progress: Any, by: int) -> Any:
    return type(progress)(done=progress.done + by, total=progress.total, unit=progress.unit, message=progress.message)


def test_it_works_without_script(open_page: Callable[..., Page]) -> None:
    """Everything is there, and times are in UTC."""
    page = open_page(java_script_enabled=False)
    page.goto("/")
    expect(page.get_by_role("row", name="River levels")).to_contain_text("every 30 minutes")
    expect(page.get_by_text("Times are in UTC.")).to_be_visible()


def test_the_skip_link_is_the_first_stop(page: Page) -> None:
    """The first key press offers the way past the navigation, and the second one takes it."""
    page.goto("/")
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Skip to the content")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_the_keyboard_reaches_everything(page: Page) -> None:
    """Tab stops at each link, button and region in the order in which they stand, and each stop shows its outline."""
    page.goto("/")
    wanted = page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
        .filter(one => one.checkVisibility()).length"""
    )
    outlines = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        outlines.append(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
    assert set(outlines) == {"solid"}
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement === document.body")


def test_a_viewer_sees_no_button_that_would_be_refused(open_page: Callable[..., Page]) -> None:
    """Whoever may only look is offered nothing else."""
    page = open_page("victor")
    page.goto("/sources/quakes")
    expect(page.get_by_text("viewer")).to_be_visible()
    expect(page.get_by_role("button", name="Collect now")).to_have_count(0)
