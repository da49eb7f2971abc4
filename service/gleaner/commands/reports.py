"""`reports`, `retain`: the shelf."""

import msgspec

from gleaner.commands.output import as_json, moment, say, size, table
from gleaner.running.shelf import open_shelf
from gleaner.settings import Settings


def list_reports(settings: Settings, *, verify: bool, json: bool) -> int:
    """The newest reports first; with `verify` each file is held against its manifest."""
    shelf = open_shelf(settings)
    reports = shelf.reports()
    damage = {report.id: shelf.damage(report) for report in reports} if verify else {}
    if json:
        as_json({"reports": reports, "usage": shelf.usage(), **({"damage": damage} if verify else {})})
    elif not reports:
        say("No reports yet. `gleaner run report/NAME` makes one.")
    else:
        table(
            ["report", "made", "rows", "size", "files"],
            [
                [
                    report.id,
                    moment(report.created),
                    f"{report.rows:,}",
                    size(sum(file.bytes for file in report.files)),
                    ", ".join(file.name for file in report.files),
                ]
                for report in reports
            ],
        )
        for report_id, found in damage.items():
            say(f"{report_id}: {'; '.join(found) if found else 'as published'}")
    return 1 if any(damage.values()) else 0


def retain(settings: Settings, *, dry_run: bool, json: bool) -> int:
    """Delete what retention selects, or only list it."""
    shelf = open_shelf(settings)
    gone = shelf.retain(dry_run=dry_run)
    if json:
        as_json({"dry_run": dry_run, "deleted": msgspec.to_builtins(gone), "usage": shelf.usage()})
    elif not gone:
        say("Nothing to delete.")
    else:
        table(["report", "why", "size"], [[each.id, each.reason, size(each.bytes)] for each in gone])
    return 0
