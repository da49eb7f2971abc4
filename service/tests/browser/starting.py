"""Runs of the garden's applications, started as a person does, and ended for the next test."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from browser.serving import Site
from gleaner.store.model import ENDED, Run
from running.conftest import wait_until


@contextmanager
def started(page: Page, site: Site, name: str, **fields: str) -> Iterator[str]:
    """Fill in the form and send it; yields the run's id on its page. Afterwards the run is over, whatever it does."""
    page.goto(f"/applications/team/{name}")
    for label, value in fields.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/runs/*")
    run_id = page.url.rpartition("/")[2]
    try:
        yield run_id
    finally:
        end(site, run_id)


def end(site: Site, run_id: str) -> None:
    for _ in range(2):
        site.context.store.cancel_run(run_id)
    wait_until(lambda: now(site, run_id).state in ENDED, f"run {run_id} ends")


def now(site: Site, run_id: str) -> Run:
    found = site.context.store.get_run(run_id)
    assert found
    return found
