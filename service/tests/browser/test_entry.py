from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import log_in, too_wide, violations
from browser.serving import PASSWORD


def test_in_and_out(open_page: Callable[..., Page]) -> None:
    """A stranger logs in, lands where they wanted to go, and after the log-out is a stranger again."""
    page = open_page(None)
    page.goto("/runs?state=failed")
    page.get_by_label("Name").fill("olga")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs?state=failed")
    page.get_by_role("button", name="Log out").click()
    page.goto("/runs")
    expect(page.get_by_label("Password")).to_be_visible()


def test_a_session_ends_for_every_window(open_page: Callable[..., Page]) -> None:
    """After the log-out another window of the same session shows nothing any more."""
    page = open_page(None)
    log_in(page, "victor")
    other = page.context.new_page()
    other.goto("/reports")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    other.reload()
    expect(other.get_by_label("Password")).to_be_visible()


@pytest.mark.parametrize("look", [{"color_scheme": "dark"}, {"viewport": {"width": 360, "height": 740}}])
def test_everybody_can_log_in(open_page: Callable[..., Page], look: dict[str, object]) -> None:
    """Axe finds nothing on the log-in, and it fits the window."""
    page = open_page(None, **look)
    page.goto("/login")
    assert violations(page) == []
    assert too_wide(page) == []
