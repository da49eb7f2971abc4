"""What all of this is for: a click outside becomes data from an API, and a report that somebody downloads."""

import csv
import io

from fixtures.table import Seen
from harness.web import Web


def test_a_trigger_from_outside_ends_in_a_report(web: Web, seen: Seen) -> None:
    """Collect from the API in its own namespace, report, and download: all of it by HTTPS through the Ingress."""
    for source in ("stations", "readings"):
        run = web.run(f"collect/{source}")
        assert run["state"] == "succeeded", run["reason"]
    run = web.run("report/air")
    assert run["state"] == "succeeded", run["reason"]
    report = next(found for found in web.get("/reports?name=air&limit=10")["items"] if found["run"] == run["id"])
    name = next(file["name"] for file in report["files"] if file["name"].endswith(".csv"))
    answer = web.ask("GET", f"/api/v1/reports/{report['id']}/files/{name}")
    assert answer.status == 200
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert {row["station"] for row in rows} == set(_STATIONS)
    assert all(-20 < float(row["temperature"]) < 50 for row in rows)
    seen(f"{report['id']}: {len(rows)} stations, {len(answer.data)} bytes of CSV")


_STATIONS = ("Harbour", "Market", "Old Bridge", "Station Road", "Hill", "Airport", "Park", "University")
