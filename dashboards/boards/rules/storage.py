"""Volumes: as the kubelet sees them, and as Longhorn does (1.11 or newer: one series a state)."""

from boards.rules.alert import Alert, words
from boards.thresholds import THRESHOLDS

_LIMITS = THRESHOLDS.volumes
_OURS = f'namespace=~"{THRESHOLDS.namespaces}"'
_OURS_AT_LONGHORN = f'pvc_namespace=~"{THRESHOLDS.namespaces}"'
_CLAIM = "by (namespace, persistentvolumeclaim)"
_FREE = f"""
    max {_CLAIM} (kubelet_volume_stats_available_bytes{{{_OURS}}})
    / max {_CLAIM} (kubelet_volume_stats_capacity_bytes{{{_OURS}}})"""
_VOLUME = "max by (pvc_namespace, pvc, volume)"

ALERTS = (
    Alert(
        name="VolumeFilling",
        expr=f"""
            {_FREE} < {_LIMITS.filling_share:g} and min {_CLAIM} (
            predict_linear(kubelet_volume_stats_available_bytes{{{_OURS}}}[6h], {_LIMITS.filling_seconds:g})) < 0""",
        hold="30m",
        summary="Volume {{ $labels.persistentvolumeclaim }} will be full",
        description=f"""{{{{ $value | humanizePercentage }}}} is free, and at this pace nothing will be within
            {words(_LIMITS.filling_seconds)}.""",
        board="gleaner-storage",
    ),
    Alert(
        name="VolumeFull",
        expr=f"{_FREE} < {_LIMITS.full_share:g}",
        hold="2m",
        severity="critical",
        summary="Volume {{ $labels.persistentvolumeclaim }} is full",
        description=f"{{{{ $value | humanizePercentage }}}} is free; below {_LIMITS.full_share:.0%} writes fail.",
        board="gleaner-storage",
    ),
    Alert(
        name="VolumeDegraded",
        expr=f'{_VOLUME} (longhorn_volume_robustness{{{_OURS_AT_LONGHORN},state="degraded"}}) == 1',
        hold="15m",
        summary="Volume {{ $labels.pvc }} lacks a replica",
        description="""Longhorn has had fewer copies of it than asked for, for 15 minutes (degraded: {{ $value }}); for
            ever where there are fewer nodes than replicas.""",
        board="gleaner-storage",
    ),
    Alert(
        name="VolumeFaulted",
        expr=f'{_VOLUME} (longhorn_volume_robustness{{{_OURS_AT_LONGHORN},state="faulted"}}) == 1',
        hold="1m",
        severity="critical",
        summary="Volume {{ $labels.pvc }} is lost",
        description="Longhorn has no healthy copy of it (faulted: {{ $value }}).",
        board="gleaner-storage",
    ),
    Alert(
        name="VolumeReadOnly",
        expr=f"{_VOLUME} (longhorn_volume_file_system_read_only{{{_OURS_AT_LONGHORN}}}) == 1",
        hold="1m",
        severity="critical",
        summary="Volume {{ $labels.pvc }} became read only",
        description="Its file system was mounted read only after an error (read only: {{ $value }}); writes fail.",
        board="gleaner-storage",
    ),
)
