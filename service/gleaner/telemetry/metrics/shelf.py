"""The reports and their volume, told by whoever makes reports."""

from gleaner.telemetry.metrics.bounds import among, names
from gleaner.telemetry.metrics.registry import counter, gauge

REPORTS = gauge("gleaner_shelf_reports", "Complete reports on the shelf.")
BYTES = gauge("gleaner_shelf_bytes", "What the reports take.")
LIMIT_BYTES = gauge("gleaner_shelf_limit_bytes", "What retention lets them take.")
FREE_BYTES = gauge("gleaner_shelf_free_bytes", "What is free on their volume.")
VOLUME_BYTES = gauge("gleaner_shelf_volume_bytes", "How large their volume is.")
REASONS = ("age", "bytes", "space")
DELETIONS = counter(
    "gleaner_shelf_deletions_total",
    "Reports that retention deleted, by the rule: age, bytes of all reports, free space.",
    handed=True,
    reason=among(*REASONS),
)
RETENTION_SUCCESS = gauge(
    "gleaner_retention_last_success_timestamp_seconds", "When retention was last applied, by whichever process."
)
LAST_PUBLISHED = gauge(
    "gleaner_report_last_published_timestamp_seconds",
    "When the newest report on the shelf was made.",
    report=names("reports"),
)
