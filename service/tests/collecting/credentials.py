"""A source with credentials everywhere, and how a run of it fails."""

from typing import Any

import pytest

from collecting.loopback import Collecting
from gleaner.collecting.failures import CollectFailed

SECRET = "s3cr3t-token"  # what `${secret:token}` stands for
BEARER = {"kind": "bearer", "token": "${secret:token}"}
EVERYTHING = {
    "auth": BEARER,
    "headers": {"X-Api-Key": "${secret:other}", "X-Plain": "plain"},
    "params": {"key": "${secret:token}", "q": "a b&c"},
}


def failure(collecting: Collecting, **declared: Any) -> str:
    with pytest.raises(CollectFailed) as caught:
        collecting(**declared)
    return str(caught.value)
