"""Writes the README's pictures: each of the main pages, light and dark.

`./task screenshots -- FOLDER` puts them elsewhere.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from browser.conftest import launch, log_in
from browser.serving import Site, serving

IMAGES = Path(__file__).parents[3] / "docs/images"
SIZE = {"width": 1280, "height": 860}
LOOKS = ("light", "dark")


def addresses(site: Site) -> dict[str, str]:
    """By the name of the picture. The run is one at work."""
    running = next(run for run in site.context.store.list_runs() if run.state == "running")
    return {
        "overview": "/",
        "source": "/sources/quakes?where=network=us",
        "applications": "/applications",
        "run": f"/runs/{running.id}",
        "reports": "/reports",
    }


def take(page: Page, address: str, file: Path) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=file, animations="disabled", caret="hide")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, serving(Path(scratch)) as site, sync_playwright() as playwright:
        browser = launch(playwright)
        with browser.new_context(base_url=site.address, viewport=SIZE) as context:
            page = context.new_page()
            log_in(page, "olga")
            for look in LOOKS:
                page.emulate_media(color_scheme=look)
                for name, address in addresses(site).items():
                    take(page, address, folder / f"{name}-{look}.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES)
