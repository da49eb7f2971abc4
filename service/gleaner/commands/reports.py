"""`reports`, `retain`: the shelf."""

from collections.abc import Mapping, Sequence

from gleaner.catalog.times import show_time
from gleaner.commands.output import as_json, say, size, table
from gleaner.reporting.shelf import Shelved
from gleaner.reporting.verify import verify as verify_report
from gleaner.running.shelf import open_shelf
from gleaner.running.shelf import retain as apply_retention
from gleaner.settings import Settings


def list_reports(settings: Settings, *, verify: bool, json: bool) -> int:
    """The newest reports first; with `verify` each file is held against its manifest."""
    shelf = open_shelf(settings)
    reports = shelf.reports()
    damage = {report_id: verify_report(shelf, report_id) for report_id in shelf.folders()} if verify else {}
    if json:
        as_json({"reports": reports, "usage": shelf.usage(), **({"damage": damage} if verify else {})})
    else:
        _print(reports, damage)
    return 1 if any(damage.values()) else 0


def _print(reports: Sequence[Shelved], damage: Mapping[str, Sequence[str]]) -> None:
    if reports:
        table(
            ["report", "made", "rows", "size", "files"],
            [
                [
                    report.id,
                    show_time(report.created),
                    f"{report.rows:,}",
                    size(report.bytes),
                    ", ".join(file.name for file in report.files),
                ]
                for report in reports
            ],
        )
    elif not damage:
        say("No reports yet. `gleaner run report/NAME` makes one.")
    for report_id, found in damage.items():
        say(f"{report_id}: {'; '.join(found) if found else 'as published'}")


def retain(settings: Settings, *, dry_run: bool, json: bool) -> int:
    """Delete what retention selects, or only list it."""
    gone, doubt = apply_retention(settings, dry_run=dry_run)
    if json:
        as_json({"dry_run": dry_run, "deleted": gone, "doubt": doubt, "usage": open_shelf(settings).usage()})
        return 0
    if doubt:
        say(doubt)
    if gone:
        table(["report", "why", "size"], [[each.report, each.reason, size(each.bytes)] for each in gone])
    else:
        say("Nothing to delete.")
    return 0
