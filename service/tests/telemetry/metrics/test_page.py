"""The list of families and the page about them."""

import json
import subprocess
import sys
from pathlib import Path

from gleaner.telemetry.metrics.listing import listed
from gleaner.telemetry.metrics.page import BEGIN, END, refreshed

PAGE = Path(__file__).parents[4] / "docs" / "metrics.md"


def test_the_page_is_as_the_code_is() -> None:
    """`python -m gleaner.telemetry.metrics docs/metrics.md` renews it."""
    page = PAGE.read_text(encoding="utf-8")
    assert refreshed(page) == page


def test_the_command_prints_and_renews(tmp_path: Path) -> None:
    """JSON without a path; with one the tables are put in, and the words around them stay."""
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    for arguments in ([], [str(page)]):
        command = [sys.executable, "-m", "gleaner.telemetry.metrics", *arguments]
        done = subprocess.run(command, capture_output=True, check=True, timeout=60)
        assert arguments or json.loads(done.stdout) == listed()
    renewed = page.read_text(encoding="utf-8")
    assert renewed.startswith(f"before\n{BEGIN}\n")
    assert renewed.endswith(f"{END}\nafter\n")
    assert "| `gleaner_runs_total` | counter |" in renewed
    assert "old" not in renewed.splitlines()


def test_every_family_is_named_as_prometheus_wants_it() -> None:
    """A prefix, a unit where there is one, `_total` for counters alone; labels in small letters; a sentence."""
    for family in listed():
        name = family["name"]
        assert name.startswith("gleaner_"), name
        assert name.endswith("_total") == (family["kind"] == "counter"), name
        assert family["kind"] != "histogram" or name.endswith("_seconds"), name
        assert all(label.islower() for label in family["labels"]), name
        assert family["help"].endswith((".", "`.", "*.")), name
