"""Volumes, as the kubelet and as Longhorn see them."""

from boards.panels import Board, Panel, Row, ask, column, number, series, table, worse_above, worse_below
from boards.thresholds import THRESHOLDS
from boards.variables import OURS

_LIMITS = THRESHOLDS.volumes
_CLAIM = "by (persistentvolumeclaim)"
_AT_LONGHORN = 'pvc_namespace="$namespace"'
_VOLUME = "max by (pvc)"
_FREE_STEPS = worse_below(_LIMITS.filling_share, _LIMITS.full_share)


def _share(what: str, whole: str) -> str:
    return f"""max {_CLAIM} (kubelet_volume_stats_{what}{{{OURS}}})
        / max {_CLAIM} (kubelet_volume_stats_{whole}{{{OURS}}})"""


def _io(title: str, text: str, unit: str, name: str) -> tuple[str, str, str, str, str]:
    read, write = (f"{_VOLUME} (longhorn_volume_{way}_{name}{{{_AT_LONGHORN}}})" for way in ("read", "write"))
    return title, text, unit, read, write


_KUBELET = Row(
    "Claims (kubelet)",
    (
        table(
            "Claims",
            "Free shares and what was asked for.",
            column("Free", _share("available_bytes", "capacity_bytes"), "percentunit", _FREE_STEPS),
            column("Used", f"max {_CLAIM} (kubelet_volume_stats_used_bytes{{{OURS}}})", "bytes"),
            column("Capacity", f"max {_CLAIM} (kubelet_volume_stats_capacity_bytes{{{OURS}}})", "bytes"),
            column("Free inodes", _share("inodes_free", "inodes"), "percentunit", _FREE_STEPS),
            column(
                "Asked for",
                f"max {_CLAIM} (kube_persistentvolumeclaim_resource_requests_storage_bytes{{{OURS}}})",
                "bytes",
            ),
        ),
        series(
            "Free",
            "Share of each volume.",
            "percentunit",
            ask(_share("available_bytes", "capacity_bytes"), "{{persistentvolumeclaim}}"),
            steps=_FREE_STEPS,
            most=1,
        ),
        series(
            "Free in a day",
            "At the pace of the last six hours; zero is full.",
            "bytes",
            ask(
                f"""clamp_min(min {_CLAIM} (predict_linear(
                    kubelet_volume_stats_available_bytes{{{OURS}}}[6h], {_LIMITS.filling_seconds:g})), 0)""",
                "{{persistentvolumeclaim}}",
            ),
        ),
        series(
            "Claims without a volume",
            "Their pods wait.",
            "none",
            ask(
                f"""sum {_CLAIM} (
                    kube_persistentvolumeclaim_status_phase{{{OURS},phase=~"Pending|Lost"}})""",
                "{{persistentvolumeclaim}}",
            ),
            steps=worse_above(1),
        ),
    ),
)


def _drawn(title: str, text: str, unit: str, read: str, write: str) -> Panel:
    return series(title, text, unit, ask(read, "{{pvc}} read"), ask(write, "{{pvc}} write"))


_LONGHORN = Row(
    "Volumes (Longhorn)",
    (
        number(
            "Degraded",
            "Volumes with fewer copies than asked for.",
            "none",
            f'sum(longhorn_volume_robustness{{{_AT_LONGHORN},state="degraded"}})',
            ((None, "green"), (1, "orange")),
            width=6,
        ),
        number(
            "Faulted",
            "Volumes without a healthy copy.",
            "none",
            f'sum(longhorn_volume_robustness{{{_AT_LONGHORN},state="faulted"}})',
            worse_above(1),
            width=6,
        ),
        number(
            "Read only",
            "Volumes whose file system was mounted read only after an error.",
            "none",
            f"sum(longhorn_volume_file_system_read_only{{{_AT_LONGHORN}}})",
            worse_above(1),
            width=6,
        ),
        number(
            "Since the oldest backup",
            "Of the volume that was backed up the longest ago; nothing is shown where none ever was.",
            "s",
            f"time() - min(longhorn_volume_last_backup_at{{{_AT_LONGHORN}}} > 0)",
            width=6,
        ),
        series(
            "State",
            "Attached is right while a pod uses it.",
            "none",
            ask(f"max by (pvc, state) (longhorn_volume_state{{{_AT_LONGHORN}}}) == 1", "{{pvc}}: {{state}}"),
        ),
        series(
            "Robustness",
            "Healthy is right; a detached volume is unknown.",
            "none",
            ask(f"max by (pvc, state) (longhorn_volume_robustness{{{_AT_LONGHORN}}}) == 1", "{{pvc}}: {{state}}"),
        ),
        series(
            "Size on the disks",
            "What a volume takes for one copy, snapshots included; it may pass the capacity.",
            "bytes",
            ask(f"{_VOLUME} (longhorn_volume_actual_size_bytes{{{_AT_LONGHORN}}})", "{{pvc}} takes"),
            ask(f"{_VOLUME} (longhorn_volume_capacity_bytes{{{_AT_LONGHORN}}})", "{{pvc}} capacity"),
        ),
        _drawn(*_io("Operations", "A second.", "iops", "iops")),
        _drawn(*_io("Throughput", "Bytes a second.", "Bps", "throughput")),
        _drawn(*_io("Latency", "Of one operation.", "ns", "latency")),
        series(
            "Disks",
            "Used share of each node's disks; Longhorn places nothing more where too little is left.",
            "percentunit",
            ask("longhorn_disk_usage_bytes / longhorn_disk_capacity_bytes", "{{node}}: {{disk}}"),
            steps=worse_above(0.75, 0.9),
            most=1,
            width=24,
        ),
    ),
)
_EXPORTS = Row(
    "Exports",
    (
        number(
            "Since the last export",
            "That ended well; nothing is shown without the component `export`, or where none ever did.",
            "s",
            f"""time() - max(kube_cronjob_status_last_successful_time{{{OURS},cronjob="export"}})""",
            worse_above(THRESHOLDS.exports.old_seconds),
            width=6,
        ),
    ),
)
BOARD = Board(
    uid="gleaner-storage",
    title="Gleaner: storage",
    text="Claims as the kubelet sees them, volumes as Longhorn does (1.11 or newer; empty without it).",
    rows=(_KUBELET, _LONGHORN, _EXPORTS),
)
