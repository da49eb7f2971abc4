"""A mark in Grafana for the time of a trial, when there is an address and a token for it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from trial.account import Account, bearer

_PATIENCE = 10.0


@contextmanager
def marked(account: Account, text: str) -> Iterator[None]:
    """A mark that cannot be made ends no trial."""
    began = time.time()
    yield
    if account.grafana and account.grafana_token:
        try:
            _mark(account, text, began, time.time()).raise_for_status()
        except requests.RequestException as error:
            print(f"load: no annotation in Grafana: {type(error).__name__}")


def _mark(account: Account, text: str, began: float, ended: float) -> requests.Response:
    return requests.post(
        f"{account.grafana}/api/annotations",
        json={"time": int(began * 1000), "timeEnd": int(ended * 1000), "tags": ["gleaner", "load"], "text": text},
        headers=bearer(account.grafana_token),
        verify=account.trusted,
        timeout=_PATIENCE,
    )
