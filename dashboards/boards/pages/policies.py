"""What Kyverno judges, refuses and reports."""

from boards.panels import Board, Row, ask, column, number, series, table, worse_above
from boards.thresholds import THRESHOLDS

_DENIALS = THRESHOLDS.policies.denials
_RATE = "[$__rate_interval]"
_RESULTS = "kyverno_validating_policy_results_total"
_ASKED = 'execution_cause="admission_request"'
_SCANNED = 'execution_cause="background_scan"'

_NOW = Row(
    "Now",
    (
        number(
            "Refused in 15 minutes",
            "Requests that Kyverno refused, in the whole cluster.",
            "none",
            'sum(increase(kyverno_admission_requests_total{request_allowed="false"}[15m])) or vector(0)',
            worse_above(_DENIALS),
            width=6,
        ),
        number(
            "Violations in reports, an hour",
            "Results `fail` of background scans: what is there and should not be.",
            "none",
            f'sum(increase({_RESULTS}{{{_SCANNED},result="fail"}}[1h])) or vector(0)',
            worse_above(1),
            width=6,
        ),
        number(
            "Rules that could not judge, an hour",
            "Results `error`: an expression fails, or what it asks for is missing.",
            "none",
            f'sum(increase({_RESULTS}{{result="error"}}[1h])) or vector(0)',
            worse_above(1),
            width=6,
        ),
        number(
            "95 % of the reviews within",
            "The API server waits for it with each change.",
            "s",
            f"""histogram_quantile(0.95, sum by (le) (
                rate(kyverno_admission_review_duration_seconds_bucket{_RATE})))""",
            worse_above(0.5, 2),
            width=6,
        ),
    ),
)
_DENIED = Row(
    "Denials",
    (
        series(
            "Requests, allowed and refused",
            "A second, as Kyverno answered them.",
            "reqps",
            ask(
                f"sum by (request_allowed) (rate(kyverno_admission_requests_total{_RATE}))",
                "allowed: {{request_allowed}}",
            ),
        ),
        series(
            "Refused by kind of object",
            "Requests in each step.",
            "none",
            ask(
                f"""sum by (resource_kind, resource_request_operation) (increase(
                    kyverno_admission_requests_total{{request_allowed="false"}}{_RATE}))""",
                "{{resource_request_operation}} {{resource_kind}}",
            ),
            stacked=True,
        ),
        series(
            "Violations at the door",
            "Results `fail` of requests in each step, by policy; one that only audits lets them pass.",
            "none",
            ask(
                f"""sum by (policy_name, policy_validation_mode) (increase(
                    {_RESULTS}{{{_ASKED},result="fail"}}{_RATE}))""",
                "{{policy_name}} ({{policy_validation_mode}})",
            ),
            stacked=True,
            steps=worse_above(_DENIALS),
        ),
    ),
)
_REPORTS = Row(
    "Reports",
    (
        table(
            "Violations of a day by policy",
            "What scans and requests found; `kubectl get policyreports` names the objects.",
            column(
                "Results",
                f"""sum by (policy_name, resource_kind, execution_cause) (
                    increase({_RESULTS}{{result="fail"}}[1d])) > 0""",
                "none",
                worse_above(1),
            ),
            width=12,
        ),
        series(
            "Results of background scans",
            "In each step. Nothing at all means that reports are not made.",
            "none",
            ask(f"sum by (result) (increase({_RESULTS}{{{_SCANNED}}}{_RATE}))", "{{result}}"),
            stacked=True,
            width=12,
        ),
    ),
)
_ENGINE = Row(
    "Kyverno",
    (
        series(
            "How long a policy takes",
            "95 of 100 judgements, by policy.",
            "s",
            ask(
                f"""histogram_quantile(0.95, sum by (policy_name, le) (
                    rate(kyverno_validating_policy_execution_duration_seconds_bucket{_RATE})))""",
                "{{policy_name}}",
            ),
        ),
        series(
            "Changes made by policies",
            "Results of mutating policies, a second.",
            "ops",
            ask(
                f"sum by (policy_name, result) (rate(kyverno_mutating_policy_results_total{_RATE}))",
                "{{policy_name}}: {{result}}",
            ),
        ),
        series(
            "Dropped work",
            "What a controller of Kyverno gave up, a second; it should be none.",
            "ops",
            ask(f"sum by (controller_name) (rate(kyverno_controller_drop_total{_RATE}))", "{{controller_name}}"),
        ),
    ),
)
BOARD = Board(
    uid="gleaner-policies",
    title="Gleaner: policies",
    text="What Kyverno refuses, what its scans report, and how it is; in the whole cluster, because its metrics, as it "
    "is installed, leave the namespace out.",
    rows=(_NOW, _DENIED, _REPORTS, _ENGINE),
)
