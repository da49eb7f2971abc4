"""What must never be lost: records, runs, and reports byte for byte."""

import hashlib
from dataclasses import dataclass
from typing import Any

from harness.waiting import wait_for
from harness.web import Web


@dataclass(frozen=True)
class Facts:
    """What is remembered at one moment; time may add to it and takes nothing away."""

    records: dict[str, int]
    runs: frozenset[str]
    files: dict[str, str]  # report/file -> SHA-256

    def __str__(self) -> str:
        return f"{sum(self.records.values())} records, {len(self.runs)} runs, {len(self.files)} files of reports"

    def lost(self, later: "Facts") -> list[str]:
        """What is no longer there, or no longer the same."""
        fewer = [name for name, count in self.records.items() if later.records.get(name, 0) < count]
        runs = sorted(self.runs - later.runs)
        files = [name for name, digest in self.files.items() if later.files.get(name) != digest]
        return [*fewer, *runs, *files]


def read_facts(web: Web) -> Facts:
    """Ask the API for everything; the newest 25 reports stand for all."""
    wait_for("the ingress controller to route to web", web.is_routed, timeout=30)
    records = {source["name"]: source["records"] for source in web.get("/sources")["items"]}
    runs = frozenset(run["id"] for run in web.get("/runs?limit=100&state=succeeded")["items"])
    reports: list[dict[str, Any]] = web.get("/reports?limit=25")["items"]
    files = {f"{report['id']}/{file['name']}" for report in reports for file in report["files"]}
    return Facts(records, runs, {name: _digest(web, name) for name in sorted(files)})


def _digest(web: Web, name: str) -> str:
    report, _, file = name.partition("/")
    answer = web.ask("GET", f"/api/v1/reports/{report}/files/{file}")
    assert answer.status == 200, f"{name}: {answer.status}"
    return hashlib.sha256(answer.data).hexdigest()
