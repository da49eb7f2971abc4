"""A source and its records in a real browser."""

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Watch, too_wide, violations


def follow(page: Page, link: Locator) -> None:
    """Click, and wait for the page that it leads to."""
    with page.expect_navigation():
        link.click()


def cells(page: Page, heading: str) -> list[str]:
    """The texts of a column of the records table."""
    headings = [text.strip(" ↑↓↕") for text in page.locator("#records ~ .region thead th").all_inner_texts()]
    return page.locator(f"#records ~ .region tbody tr > :nth-child({headings.index(heading) + 1})").all_inner_texts()


@pytest.mark.parametrize(
    "address",
    ["/sources/quakes?days=365&where=tsunami=true", "/sources/tides", "/sources/quakes/record?key=%22q00007%22"],
)
def test_it_is_accessible_in_every_look(any_page: Page, address: str) -> None:
    """Axe finds nothing, and nothing makes the page scroll sideways, with records and without."""
    any_page.goto(address)
    assert violations(any_page) == []
    assert too_wide(any_page) == []


def test_a_mistake_is_accessible_too(any_page: Page, watch: Watch) -> None:
    """The message belongs to its field, for those who hear it as well."""
    watch.expect("answer 400")
    any_page.goto("/sources/quakes?since=yesterday&where=magnitude=big")
    expect(any_page.get_by_label("From (UTC)")).to_have_accessible_description(
        re.compile("'yesterday' is neither a date"),
    )
    assert violations(any_page) == []
    assert too_wide(any_page) == []


def test_records_are_filtered_by_a_field(page: Page) -> None:
    """Choose a field and its value: only such records are shown, until the condition is taken away."""
    page.goto("/sources/quakes")
    page.get_by_label("Field", exact=True).select_option("place")
    page.get_by_label("is", exact=True).fill("Crete")
    follow(page, page.get_by_role("button", name="Filter"))
    assert set(cells(page, "place")) == {"Crete"}
    follow(page, page.get_by_role("link", name="Remove the condition on place"))
    assert len(set(cells(page, "place"))) > 1


def test_filters_add_up(page: Page) -> None:
    """A second condition keeps the first one, the text and the order."""
    page.goto("/sources/quakes?sort=-magnitude")
    page.get_by_label("Field", exact=True).select_option("place")
    page.get_by_label("is", exact=True).fill("Crete")
    page.get_by_label("Text in the record").fill("gfz")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_label("Field", exact=True).select_option("tsunami")
    page.get_by_label("is", exact=True).fill("false")
    follow(page, page.get_by_role("button", name="Filter"))
    assert set(cells(page, "place")) == {"Crete"}
    assert set(cells(page, "network")) == {"gfz"}
    assert set(cells(page, "tsunami")) == {"no"}
    magnitudes = [float(text) for text in cells(page, "magnitude")]
    assert magnitudes == sorted(magnitudes, reverse=True)


def test_a_heading_sorts_and_turns(page: Page) -> None:
    """A click sorts by the column, another one turns the order, and it is said to everybody."""
    page.goto("/sources/quakes?where=network=ak")
    heading = page.get_by_role("columnheader", name="depth")
    follow(page, heading.get_by_role("link"))
    expect(heading).to_have_attribute("aria-sort", "ascending")
    rising = [float(text) for text in cells(page, "depth")]
    assert rising == sorted(rising)
    follow(page, heading.get_by_role("link"))
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert float(cells(page, "depth")[0]) >= rising[-1]


def test_paging_shows_every_record_once(page: Page) -> None:
    """Next, next, … to the end, then back to the first page."""
    page.goto("/sources/quakes?where=place=Crete&sort=magnitude")
    first = cells(page, "Key")
    seen = [*first]
    while page.get_by_role("link", name="Next").count():
        follow(page, page.get_by_role("link", name="Next"))
        seen += cells(page, "Key")
    assert len(seen) == len(set(seen)) > 200
    follow(page, page.get_by_role("link", name="Back to the first"))
    assert cells(page, "Key") == first


def test_a_mistake_keeps_the_form(page: Page, watch: Watch) -> None:
    """What was typed stays, and correcting it is enough."""
    watch.expect("answer 400")
    page.goto("/sources/quakes")
    page.get_by_label("Text in the record").fill("Alaska")
    page.get_by_label("Field", exact=True).select_option("magnitude")
    page.get_by_label("is", exact=True).fill("big")
    follow(page, page.get_by_role("button", name="Filter"))
    expect(page.get_by_text("magnitude: 'big' is not a number")).to_be_visible()
    expect(page.get_by_label("Text in the record")).to_have_value("Alaska")
    expect(page.get_by_label("Field", exact=True)).to_have_value("magnitude")
    page.get_by_label("is", exact=True).fill("3.1")
    follow(page, page.get_by_role("button", name="Filter"))
    assert set(cells(page, "magnitude")) == {"3.1"}


def test_the_chart_has_ranges_and_numbers(page: Page) -> None:
    """A longer range is a click away, and the bars can be read as a table."""
    page.goto("/sources/quakes?where=place=Crete")
    page.get_by_role("link", name="90 days").click()
    expect(page.get_by_role("img", name="Records a day over 90 days")).to_be_visible()
    expect(page.get_by_role("link", name="Remove the condition on place")).to_be_visible()
    page.get_by_text("The numbers").click()
    expect(page.get_by_role("region", name="Records a day as a table")).to_be_visible()


def test_times_are_in_the_readers_zone(open_page: Callable[..., Page]) -> None:
    """Each to the second, by the reader's clock, with UTC a hover away; the foot of the page names the zone."""
    page = open_page(timezone_id="Asia/Kolkata")
    page.goto("/sources/quakes?q=q00007")
    time = page.get_by_role("row", name="q00007").locator("time").first
    utc = datetime.fromisoformat(time.get_attribute("datetime") or "")
    expect(time).to_have_text(f"{utc.astimezone(ZoneInfo('Asia/Kolkata')):%Y-%m-%d %H:%M:%S}")
    expect(time).to_have_attribute("title", re.compile("Z$|UTC"))
    expect(page.get_by_text(re.compile("Times are in Asia/(Kolkata|Calcutta)"))).to_be_visible()


def test_a_record_is_shown_with_every_digit(page: Page) -> None:
    """From its row to its page, where a number that no float holds is as it came."""
    page.goto("/sources/quakes?q=q00007")
    page.get_by_role("link", name="q00007").click()
    expect(page.get_by_role("heading", name="q00007")).to_be_visible()
    expect(page.get_by_role("region", name="The record as JSON")).to_contain_text("12345678901234567890123456789")


def test_the_declaration_shows_no_secret(page: Page) -> None:
    """The catalog's entry names its secrets as references."""
    page.goto("/sources/quakes")
    page.get_by_text("How this source is declared").click()
    expect(page.get_by_role("region", name="Declaration of the source")).to_contain_text("${secret:quakes-key}")


def test_collect_now_leads_to_the_run(page: Page) -> None:
    """One click queues a run and shows it."""
    page.goto("/sources/tides")
    page.get_by_role("button", name="Collect now").click()
    expect(page.get_by_role("heading", name="collect/tides")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("cancelled").first).to_be_visible()


def test_it_works_without_script(open_page: Callable[..., Page]) -> None:
    """Filter, sort and page without a line of script."""
    page = open_page(java_script_enabled=False)
    page.goto("/sources/quakes")
    page.get_by_label("Field", exact=True).select_option("network")
    page.get_by_label("is", exact=True).fill("us")
    follow(page, page.get_by_role("button", name="Filter"))
    follow(page, page.get_by_role("columnheader", name="place").get_by_role("link"))
    follow(page, page.get_by_role("link", name="Next"))
    assert set(cells(page, "network")) == {"us"}


def test_what_is_not_there_says_what_to_do(page: Page, watch: Watch) -> None:
    """An unknown source is a page with a way back."""
    watch.expect("answer 404")
    page.goto("/sources/nothing")
    expect(page.get_by_text("There is no source 'nothing'")).to_be_visible()
    page.get_by_role("link", name="To the overview").click()
    expect(page.get_by_role("region", name="Sources")).to_be_visible()
