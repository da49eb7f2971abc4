"""The end-to-end suite: which fixtures there are, and in which order the properties are proved."""

import pytest

pytest_plugins = [
    "fixtures.table",
    "fixtures.cluster",
    "fixtures.artifacts",
    "fixtures.deployment",
    "fixtures.clients",
    "fixtures.scaled",
    "fixtures.outside",
    "fixtures.telemetry",
    "fixtures.policies",
    "fixtures.adopted",
]
_ORDER = (
    *("image", "upgrade", "main_job", "security", "tls", "isolation", "longhorn"),
    *("policies", "policies_network", "policies_exceptions", "policies_pod_security", "adopt_policies"),
    *("policies_down", "policies_removal", "telemetry", "telemetry_alerts"),
    *("probes", "storage", "restore", "adopt", "pages"),  # the pages apply the Secrets as they were made
    *("keyfile", "rollout", "load", "load_job", "rotation"),
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What only looks comes first, what breaks things comes last; all of it shares one deployment."""
    items.sort(key=lambda item: _ORDER.index(item.path.stem.removeprefix("test_")))
