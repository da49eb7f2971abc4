"""Says at the end of a run what was left out."""

from collections.abc import Iterator

import pytest

from proofs import comparing, program
from proofs.attempts import of_folder
from proofs.folders import folders


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line; only where tests of this folder ran."""
    if not any("policies/tests" in report.nodeid for report in _reports(terminalreporter)):
        return
    missing = "" if program.here() else "no kyverno program, so the evaluator alone has judged; "
    attempts = [each for folder in folders() for each in of_folder(folder)]
    terminalreporter.write_line(f"policies: {missing}{comparing.left_out(attempts)}")


def _reports(terminalreporter: pytest.TerminalReporter) -> Iterator[pytest.TestReport]:
    for kind in ("passed", "failed"):
        yield from terminalreporter.stats.get(kind, [])
