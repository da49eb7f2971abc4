"""Exports: whether the night's one was made. Where the component `export` is not, nothing is asked for."""

from boards.rules.alert import Alert, words
from boards.thresholds import THRESHOLDS

_OLD = THRESHOLDS.exports.old_seconds
_OURS = f'namespace=~"{THRESHOLDS.namespaces}",cronjob="export"'
_JOB = "max by (namespace, cronjob)"

ALERTS = (
    Alert(
        name="ExportMissing",
        # One that never succeeded has no time of its last success: it is held against its beginning.
        expr=f"""
            time() - ({_JOB} (kube_cronjob_status_last_successful_time{{{_OURS}}})
            or {_JOB} (kube_cronjob_created{{{_OURS}}})) > {_OLD:g}""",
        hold="15m",
        summary="No export of {{ $labels.namespace }} was made lately",
        description=f"""The last one that ended well (or, if none ever did, the job itself) is
            {{{{ $value | humanizeDuration }}}} old; one is made each night, and {words(_OLD)} are too long.""",
        board="gleaner-storage",
    ),
)
