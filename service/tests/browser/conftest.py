"""A real Chromium before the real server. A test fails on any error that the browser sees."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Response,
    expect,
    sync_playwright,
)

from browser.serving import PASSWORD, Site, serving

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE = 10_000  # milliseconds
expect.set_options(timeout=PATIENCE)
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", event =>
    console.error(`policy violated: ${event.violatedDirective} by ${event.blockedURI} at ${event.sourceFile}`));
"""


def find_chromium() -> str:
    """Raises LookupError with what to do."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not found:
        raise LookupError("there is no Chromium on PATH; ./task browser installs it, CHROMIUM=PATH names another one")
    return found


def launch(playwright: Playwright) -> Browser:
    root = os.getuid() == 0  # Chromium's sandbox refuses to work for root
    return playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"] if root else [])


class Watch:
    """What the browser complained about in a test. `expected` holds patterns of what the test is about."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.expected: list[str] = []

    def expect(self, pattern: str) -> None:
        """The test provokes this: a complaint that matches is none, and it has to come."""
        self.expected.append(pattern)

    def listen(self, context: BrowserContext) -> None:
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.complaints.append(f"page error: {error.error}"))
        context.on("requestfailed", self._on_failed)
        context.on("response", self._on_response)

    def verdict(self) -> list[str]:
        left = [text for text in self.complaints if not any(re.search(one, text) for one in self.expected)]
        missing = [one for one in self.expected if not any(re.search(one, text) for text in self.complaints)]
        return left + [f"expected and never seen: {one}" for one in missing]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:  # see _on_response
            self.complaints.append(f"console {message.type}: {message.text}")

    def _on_failed(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # a download, or the page was left before an answer came
            self.complaints.append(f"request failed: {request.url} {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"answer {response.status}: {response.url}")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    try:
        find_chromium()
    except LookupError as error:
        pytest.skip(f"browser tests skipped: {error}")
    browser = launch(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for the session; a test leaves it as another one may find it."""
    with serving(tmp_path_factory.mktemp("site"), broken=True) as found:
        yield found


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Every complaint of the browser fails the test that it comes in."""
    watching = Watch()
    yield watching
    assert not watching.verdict()


def log_in(page: Page, name: str) -> None:
    page.goto("/login")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("button", name="Log out").wait_for()


@pytest.fixture(scope="session")
def sessions(chromium: Browser, site: Site) -> Callable[[str], Any]:
    """The cookies of whoever logged in once; logging in is slow on purpose."""
    known: dict[str, Any] = {}

    def of(name: str) -> Any:
        if name not in known:
            with chromium.new_context(base_url=site.address) as context:
                log_in(context.new_page(), name)
                known[name] = context.storage_state()
        return known[name]

    return of


@pytest.fixture
def open_page(
    chromium: Browser, site: Site, sessions: Callable[[str], Any], watch: Watch
) -> Iterator[Callable[..., Page]]:
    """A page of somebody (olga may change things, victor may look, None is a stranger), in a window of its own.

    Further arguments are Playwright's for a new context: color_scheme, viewport, java_script_enabled, ….
    """
    opened: list[BrowserContext] = []

    def open_one(name: str | None = "olga", **options: Any) -> Page:
        state = sessions(name) if name else None
        context = chromium.new_context(base_url=site.address, storage_state=state, **options)
        context.set_default_timeout(PATIENCE)
        watch.listen(context)
        opened.append(context)
        return context.new_page()

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A light, wide page of an operator."""
    return open_page()


@pytest.fixture(params=["light", "dark", "narrow"])
def any_page(request: pytest.FixtureRequest, open_page: Callable[..., Page]) -> Page:
    """A page in each of the looks: light, dark, and 360 pixels wide."""
    looks: dict[str, dict[str, Any]] = {
        "light": {"color_scheme": "light"},
        "dark": {"color_scheme": "dark"},
        "narrow": {"color_scheme": "light", "viewport": {"width": 360, "height": 740}},
    }
    return open_page(**looks[request.param])


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it is, against WCAG 2.2 AA and its best practices."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{one['id']} ({one['help']}): {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def too_wide(page: Page) -> list[str]:
    """The elements that make the page scroll sideways; none where it does not."""
    return page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
        .filter(one => one.getBoundingClientRect().right > innerWidth && !one.closest(".region, .skip"))
        .map(one => one.outerHTML.slice(0, 120))"""
    )
