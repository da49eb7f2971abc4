import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Watch, too_wide, violations
from browser.serving import Site
from browser.starting import end, now, started
from gleaner.store.model import RunState
from running.conftest import wait_until

IN_VIEW = """text => {
    const box = document.querySelector("[data-log]").getBoundingClientRect();
    const line = [...document.querySelectorAll("[data-log] li")].find(one => one.textContent.endsWith(text));
    const at = line?.getBoundingClientRect();
    return Boolean(at) && at.bottom > box.top && at.top < box.bottom;
}"""
AT_END = """() => {
    const box = document.querySelector("[data-log]");
    return box.scrollHeight - box.scrollTop - box.clientHeight < 24;
}"""


def until(page: Page, script: str, argument: str | None = None) -> None:
    """Playwright's own way of waiting for a script would need `eval`, which the page's policy forbids."""
    wait_until(lambda: page.evaluate(script, argument), script, patience=10)


def line_count(page: Page) -> int:
    return page.locator("[data-log] li").count()


def seeded(site: Site, state: RunState) -> str:
    """One of the runs that were there from the beginning."""
    return next(
        run.id for run in site.context.store.list_runs() if run.state == state and run.worker != "browser-tests"
    )


@pytest.mark.parametrize("state", ["running", "queued", "suspect", "failed", "cancelled"])
def test_everybody_can_use_a_run(any_page: Page, site: Site, state: RunState) -> None:
    """In each look axe finds nothing on a run's page, and nothing is wider than the window."""
    any_page.goto(f"/runs/{seeded(site, state)}")
    expect(any_page.get_by_role("heading", name="Log")).to_be_visible()
    assert violations(any_page) == []
    assert too_wide(any_page) == []


def test_everybody_can_use_the_list(any_page: Page) -> None:
    """In each look axe finds nothing in the list, and nothing is wider than the window."""
    any_page.goto("/runs")
    expect(any_page.get_by_role("table", name="Runs")).to_be_visible()
    assert violations(any_page) == []
    assert too_wide(any_page) == []


def test_filter_and_page(page: Page) -> None:
    """The filter narrows the list, stays in its form, and goes along to the next page."""
    page.goto("/runs")
    page.get_by_label("Application").select_option("collect/ferries")
    page.get_by_label("failed").check()
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url("**state=failed**")
    rows = page.get_by_role("table", name="Runs").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(page.get_by_label("failed")).to_be_checked()
    page.get_by_role("link", name="Clear").click()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("link", name="Back to the first")).to_be_visible()


# -- a run goes on before one's eyes -----------------------------------------------------------------------


def test_the_bar_moves_to_the_end(page: Page, site: Site) -> None:
    """The bar moves without a reload; at the end state and result take its place, and the end is said aloud."""
    with started(page, site, "water", beds="30", pace="0.1"):
        bar = page.locator("#run progress")
        until(page, "document.querySelector('#run progress')?.value > 2")
        first = bar.evaluate("bar => bar.value")
        until(page, f"document.querySelector('#run progress').value > {first}")
        expect(page.locator('[data-bind="counted"]')).to_contain_text("of 30 beds")
        expect(page.locator('[data-bind="rate"]')).to_contain_text("beds/s")
        expect(page.locator("[data-bind=state]")).to_have_text("succeeded")
        expect(bar).to_have_count(0)
        expect(page.locator("[data-say]")).to_have_text("The run is succeeded.")
        expect(page).to_have_title("succeeded: team/water · Gleaner")
        expect(page.get_by_role("row", name="beds 30")).to_be_visible()
        expect(page.get_by_text("watered bed 30")).to_be_visible()
        expect(page.get_by_role("button", name="Retry")).to_be_visible()


def test_a_failure_says_why(page: Page, site: Site) -> None:
    """The error stands in words, and a retry starts the same run once more."""
    page.goto("/applications/team/water")
    page.get_by_label("beds").fill("1")
    page.get_by_label("storm").check()
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".notice.bad")).to_contain_text("a storm came; the beds are wet enough")
    first = page.url
    page.get_by_role("button", name="Retry").click()
    page.wait_for_url(lambda url: "/runs/" in url and url != first)
    expect(page.locator(".notice.bad")).to_contain_text("a storm came")
    assert now(site, page.url.rpartition("/")[2]).retry_of == first.rpartition("/")[2]


def test_cancel_ends_what_refuses_to_end(page: Page, site: Site) -> None:
    """A run that ignores every request has ended ten seconds after the click."""
    with started(page, site, "sleep") as run_id:
        expect(page.get_by_text("asleep")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        clicked = time.monotonic()
        expect(page.get_by_role("button", name="Kill it now")).to_be_visible()
        expect(page.locator("[data-bind=state]")).to_have_text("cancelled", timeout=10_000)
        assert 4 < time.monotonic() - clicked < 10
        assert now(site, run_id).state == "cancelled"


def test_the_second_click_kills(page: Page, site: Site) -> None:
    """Whoever does not want to wait clicks again: the button says what that does."""
    with started(page, site, "sleep"):
        expect(page.get_by_text("asleep")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        page.get_by_role("button", name="Kill it now").click()
        clicked = time.monotonic()
        expect(page.locator("[data-bind=state]")).to_have_text("cancelled", timeout=5_000)
        assert time.monotonic() - clicked < 4


def test_a_double_click_kills_nothing(page: Page, site: Site) -> None:
    """A double click on Cancel is one request."""
    with started(page, site, "sleep") as run_id:
        expect(page.get_by_text("asleep")).to_be_visible()
        page.get_by_role("button", name="Cancel").dblclick()
        expect(page.get_by_role("button", name="Kill it now")).to_be_visible()
        assert now(site, run_id).cancel_requests == 1


def test_the_button_follows_what_others_do(page: Page, site: Site) -> None:
    """When somebody else asks for the end, the button says what the next click does."""
    with started(page, site, "sleep") as run_id:
        expect(page.get_by_text("asleep")).to_be_visible()
        site.context.store.cancel_run(run_id)
        expect(page.get_by_role("button", name="Kill it now")).to_be_visible()
        expect(page.locator("input[name=asked]")).to_have_value("1")


# -- the log -----------------------------------------------------------------------------------------------


def test_the_log_is_followed(page: Page, site: Site) -> None:
    """New lines come into view; whoever stops following stays where they are, and can follow again."""
    with started(page, site, "tell", lines="60"):
        until(page, IN_VIEW, "new line 3 <b>")
        assert page.evaluate(AT_END)
        page.get_by_role("button", name="Stop following").click()
        before = page.locator("[data-log]").evaluate("box => box.scrollTop")
        count = line_count(page)
        until(page, f"document.querySelectorAll('[data-log] li').length > {count + 3}")
        assert page.locator("[data-log]").evaluate("box => box.scrollTop") == before
        page.get_by_role("button", name="Follow", exact=True).click()
        until(page, AT_END)


def test_scrolling_up_stops_following(page: Page, site: Site) -> None:
    """Nobody is pulled away from what they read; back at the end, the log is followed again."""
    with started(page, site, "tell", lines="60"):
        until(page, IN_VIEW, "new line 1 <b>")
        box = page.locator("[data-log]")
        box.evaluate("box => { box.scrollTop = 100; }")
        expect(page.get_by_role("button", name="Follow", exact=True)).to_be_visible()
        box.evaluate("box => { box.scrollTop = box.scrollHeight; }")
        expect(page.get_by_role("button", name="Stop following")).to_be_visible()


def test_a_line_is_text_with_its_level_in_words(page: Page, site: Site) -> None:
    """What an application says is never markup; warnings carry a word, not a colour alone."""
    with started(page, site, "tell", lines="1"):
        warning = page.locator("[data-log] li.warning").first
        expect(warning.locator("span")).to_have_text("warning new line 5 <b>")
        assert warning.locator("b").count() == 1


def test_older_lines_come_on_scrolling_up(page: Page, site: Site) -> None:
    """The log opens at its end; at its top older lines come, and what is in view stays there, up to the first line."""
    with started(page, site, "tell", lines="500") as run_id:
        until(page, IN_VIEW, "new line 1 <b>")
        end(site, run_id)
        page.reload()
        first = page.locator("[data-log] li").first.inner_text().rpartition("\n")[2]
        assert first != "old line 1"
        page.locator("[data-log]").evaluate("box => { box.scrollTop = 0; }")
        until(page, "document.querySelectorAll('[data-log] li').length > 300")
        assert page.evaluate(IN_VIEW, first)
        page.get_by_role("link", name="Older lines").click()
        expect(page.locator("[data-log] li").first).to_contain_text("old line 1")
        expect(page.get_by_role("link", name="Older lines")).to_be_hidden()
        numbers = page.locator("[data-log] li").evaluate_all("all => all.map(one => Number(one.dataset.number))")
        assert numbers == list(range(1, len(numbers) + 1))


def test_the_whole_log_is_a_download(page: Page, site: Site) -> None:
    """It comes as a text file with a name."""
    run_id = seeded(site, "failed")
    page.goto(f"/runs/{run_id}")
    with page.expect_download() as started_download:
        page.get_by_role("link", name="Download it all").click()
    download = started_download.value
    assert re.fullmatch(rf"collect-ferries-{run_id}\.log", download.suggested_filename)
    assert "error" in download.path().read_text(encoding="utf-8")


def test_trouble_is_told_quietly(page: Page, site: Site, watch: Watch) -> None:
    """While the server does not answer the page says so, and goes on by itself when it does."""
    watch.expect(r"request failed: .*/live\?")
    with started(page, site, "tell", lines="1"):
        expect(page.get_by_text("new line 1 <b>")).to_be_visible()
        page.route("**/live?*", lambda route: route.abort())
        expect(page.get_by_text("The server does not answer")).to_be_visible()
        page.unroute("**/live?*")
        expect(page.get_by_text("The server does not answer")).to_be_hidden(timeout=15_000)


# -- elsewhere ---------------------------------------------------------------------------------------------


def test_bars_on_the_overview(page: Page, site: Site) -> None:
    """The overview's bars move, too, and go with their run."""
    with started(page, site, "water", beds="40", pace="0.1") as run_id:
        page.goto("/")
        bar = f"document.querySelector('[data-run=\"{run_id}\"] progress')"
        until(page, f"{bar}?.value > 2")
        first = page.evaluate(f"{bar}.value")
        until(page, f"{bar}?.value > {first}")
        expect(page.locator(f"[data-run='{run_id}']")).to_have_count(0)


def test_nobody_loses_their_place(page: Page) -> None:
    """While somebody has the focus in a part that is fetched anew, it stays as it is."""
    page.goto("/runs")
    link = page.get_by_role("table", name="Runs").get_by_role("link").first
    link.focus()
    link.evaluate("link => { link.dataset.mine = 'yes'; }")
    with page.expect_response(re.compile(r"/runs$")):
        pass
    expect(page.locator("[data-mine]")).to_be_focused()
    page.get_by_label("Application").focus()
    with page.expect_response(re.compile(r"/runs$")):
        pass
    expect(page.locator("[data-mine]")).to_have_count(0)


def test_times_are_the_readers(open_page: Callable[..., Page], site: Site) -> None:
    """Times are shown in the reader's zone, which the page names."""
    run_id = seeded(site, "failed")
    shown = {}
    for zone in ("Etc/UTC", "Asia/Tokyo"):
        page = open_page(timezone_id=zone)
        page.goto(f"/runs/{run_id}")
        shown[zone] = page.locator("time[data-show=moment]").first.inner_text()
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", shown[zone])
    expect(page.get_by_text("Times are in Asia/Tokyo.")).to_be_visible()
    assert (int(shown["Asia/Tokyo"][11:13]) - int(shown["Etc/UTC"][11:13])) % 24 == 9


def test_the_look_is_kept(page: Page) -> None:
    """Whoever wants it dark gets it dark, here and on the next page, before anything is painted."""
    page.goto("/runs")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark look").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.goto("/reports")
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="Light look").click()
    assert page.evaluate(ground) == light


def test_without_the_script(open_page: Callable[..., Page], site: Site) -> None:
    """Start, look, reload, older lines, cancel, kill: all of it works without JavaScript."""
    page = open_page(java_script_enabled=False)
    with started(page, site, "tell", lines="300") as run_id:
        for _ in range(50):
            page.get_by_role("link", name="Reload").click()
            if page.get_by_text("new line 1 <b>").count():
                break
        expect(page.locator("[data-log] li")).to_have_count(200)
        page.get_by_role("link", name="Older lines").click()
        expect(page.get_by_text("old line 1", exact=True)).to_be_visible()
        page.get_by_role("link", name="To the end of the log").click()
        page.get_by_role("button", name="Cancel").click()
        page.wait_for_url(f"**/runs/{run_id}")
        assert now(site, run_id).cancel_requests >= 1 or now(site, run_id).state == "cancelled"
