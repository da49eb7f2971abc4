"""What stands around the programs: pods, certificates, policies."""

from boards.rules.alert import Alert, words
from boards.thresholds import THRESHOLDS

_LIMITS = THRESHOLDS.cluster
_DENIALS = THRESHOLDS.policies.denials
_OURS = f'namespace=~"{THRESHOLDS.namespaces}"'
_LEFT = f"min by (namespace, name) (certmanager_certificate_expiration_timestamp_seconds{{{_OURS}}}) - time()"

ALERTS = (
    Alert(
        name="ContainerRestarts",
        expr=f"""
            sum by (namespace, pod, container) (increase(kube_pod_container_status_restarts_total{{{_OURS}}}[30m]))
            > {_LIMITS.restarts - 0.5:g}""",
        summary="Container {{ $labels.container }} of {{ $labels.pod }} restarts again and again",
        description=f"{{{{ $value | humanize }}}} times in 30 minutes; {_LIMITS.restarts} are too many.",
        board="gleaner-overview",
    ),
    Alert(
        name="PodNotReady",
        expr=f"""
            sum by (namespace, pod) (kube_pod_status_phase{{{_OURS},phase=~"Pending|Running|Unknown"}})
            * on (namespace, pod)
            (min by (namespace, pod) (kube_pod_status_ready{{{_OURS},condition="true"}}) == bool 0) > 0""",
        hold="15m",
        summary="Pod {{ $labels.pod }} is not ready",
        description="It has not been for 15 minutes (not ready: {{ $value }}).",
        board="gleaner-overview",
    ),
    Alert(
        name="CertificateExpiresSoon",
        expr=f"{_LEFT} < {_LIMITS.certificate_seconds:g}",
        hold="1h",
        summary="Certificate {{ $labels.name }} ends soon",
        description=f"""In {{{{ $value | humanizeDuration }}}}; it should have been renewed: less than
            {words(_LIMITS.certificate_seconds)} means that renewing fails.""",
        board="gleaner-overview",
    ),
    Alert(
        name="CertificateExpires",
        expr=f"{_LEFT} < {_LIMITS.certificate_end_seconds:g}",
        hold="5m",
        severity="critical",
        summary="Certificate {{ $labels.name }} is about to end",
        description=f"""In {{{{ $value | humanizeDuration }}}}; at {words(_LIMITS.certificate_end_seconds)} nobody
            should wait any longer.""",
        board="gleaner-overview",
    ),
    Alert(
        name="PolicyViolations",
        expr=f"""
            sum by (policy_name, resource_kind) (
            increase(kyverno_validating_policy_results_total{{result="fail",execution_cause="admission_request"}}[15m]))
            > {_DENIALS - 0.5:g}""",
        summary="Policy {{ $labels.policy_name }} refuses objects of kind {{ $labels.resource_kind }}",
        description=f"""{{{{ $value | humanize }}}} in 15 minutes; {_DENIALS} is worth a look: somebody tries what is
            not allowed, or a rollout is stuck on it.""",
        board="gleaner-policies",
    ),
)
