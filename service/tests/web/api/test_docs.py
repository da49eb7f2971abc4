"""docs/api.md tells the truth."""

import re
import subprocess
from pathlib import Path

from flask.testing import FlaskClient

from gleaner.reporting.manifest import Shelved
from gleaner.web.problems import KINDS

PAGE = (Path(__file__).parents[4] / "docs" / "api.md").read_text(encoding="utf-8")


def test_the_examples_work(address: str, api: FlaskClient, report: Shelved, tmp_path: Path) -> None:
    """Every command of the page, one after the other, against a server."""
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL))
    token = api.environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    done = subprocess.run(
        ["sh", "-eux", "-c", script],
        env={"GLEANER": address, "TOKEN": token, "PATH": "/usr/local/bin:/usr/bin:/bin"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "304\n" in done.stdout
    (csv,) = [file for file in report.files if file.name.endswith(".csv")]
    assert (tmp_path / csv.name).stat().st_size == csv.bytes
    assert (tmp_path / "part.csv").stat().st_size == 1024


def test_every_problem_is_there() -> None:
    """With its status, and no other one."""
    listed = re.findall(r"^\| `/problems/([a-z-]+)` \| (\d+) \|", PAGE, flags=re.MULTILINE)
    assert {kind: int(status) for kind, status in listed} == {kind: status for kind, (status, _) in KINDS.items()}
