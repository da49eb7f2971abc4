"""A client of the ops port that shows status and body of whatever comes back."""

import json
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

Ask = Callable[[tuple[str, int], str], tuple[int, dict[str, Any]]]


@pytest.fixture
def ask() -> Ask:
    def ask(address: tuple[str, int], path: str) -> tuple[int, dict[str, Any]]:
        try:
            with urlopen(f"http://{address[0]}:{address[1]}{path}", timeout=5) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    return ask
