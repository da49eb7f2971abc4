"""Client credentials of OAuth 2.0."""

import base64
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from collecting.credentials import SECRET, failure
from collecting.loopback import Asked, Collecting, Reply


class TestOAuth2:
    """Client credentials."""

    AUTH: ClassVar[Any] = {
        "kind": "oauth2",
        "client_id": "me",
        "client_secret": "${secret:token}",
        "scope": "read",
        "params": {"audience": "things"},
    }

    def serve(self, collecting: Collecting, *, expires: Any = 3600, accepts: Callable[[str], bool] = bool) -> Any:
        granted: list[str] = []

        def answer(asked: Asked) -> Any:
            if asked.path == "/token":
                granted.append(f"access-token-{len(granted)}")
                return {"access_token": granted[-1], "token_type": "Bearer", "expires_in": expires}
            if not accepts(asked.headers["authorization"]):
                return Reply({"token": asked.headers["authorization"]}, status=401)
            return [int(asked.query["p"])] if asked.query["p"] < "4" else []

        collecting.api.answer = answer
        return {
            "auth": self.AUTH | {"token_url": collecting.api.url + "/token"},
            "pages": {"kind": "page", "param": "p"},
        }

    def count(self, collecting: Collecting) -> int:
        return sum(asked.path == "/token" for asked in collecting.api.asked)

    def test_fetched_once(self, collecting: Collecting) -> None:
        """One token serves all pages; it was asked for as RFC 6749 says."""
        assert collecting(**self.serve(collecting)).state == "succeeded"
        token = collecting.api.asked[0]
        assert self.count(collecting) == 1
        assert token.body == b"grant_type=client_credentials&scope=read&audience=things"
        assert token.headers["authorization"] == "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()
        assert collecting.api.asked[1].headers["authorization"] == "Bearer access-token-0"

    @pytest.mark.parametrize(("expires", "fetched"), [(61, 1), (60, 4), ("59", 4), (None, 1)])
    def test_renewed_before_it_ends(self, collecting: Collecting, expires: Any, fetched: int) -> None:
        """A token counts as old 60 seconds before its end."""
        collecting(**self.serve(collecting, expires=expires))
        assert self.count(collecting) == fetched

    def test_one_refresh_on_401(self, collecting: Collecting) -> None:
        """A token that is not accepted is replaced once."""
        assert collecting(**self.serve(collecting, accepts=lambda sent: not sent.endswith("-0"))).state == "succeeded"
        assert self.count(collecting) == 2

    def test_only_one(self, collecting: Collecting) -> None:
        """A second 401 fails the run, and its text does not show the token."""
        text = failure(collecting, **self.serve(collecting, accepts=lambda _: False))
        assert "status 401" in text
        assert "access-token" not in text
        assert self.count(collecting) == 2

    @pytest.mark.parametrize(
        ("reply", "reason"),
        [
            (Reply({"error": "invalid_client", "hint": SECRET}, status=401), "status 401 (invalid_client)"),
            (Reply(status=302, headers={"Location": "/else"}), "status 302"),
            (Reply(b"<html>"), "no token"),
            (Reply({"access_token": "x" * 9, "token_type": "mac"}), "'mac'"),
        ],
    )
    def test_no_token(self, collecting: Collecting, reply: Reply, reason: str) -> None:
        """A token request that fails says so; its redirects are not followed."""
        collecting.api.answer = lambda _: reply
        text = failure(collecting, auth=self.AUTH | {"token_url": collecting.api.url + "/token"})
        assert reason in text
        assert SECRET not in text
        assert len(collecting.api.asked) == 1

    def test_retried(self, collecting: Collecting) -> None:
        """A token request is retried as any other."""
        declared = self.serve(collecting)
        answer = collecting.api.answer
        collecting.api.answer = lambda asked: Reply(status=503) if len(collecting.api.asked) == 1 else answer(asked)
        assert collecting(**declared).state == "succeeded"

    def test_plain_http(self, collecting: Collecting) -> None:
        """The secret does not go over http for a source that is asked over https."""
        auth = self.AUTH | {"token_url": collecting.api.url + "/token"}
        assert "auth.token_url is http" in failure(collecting, url="https://127.0.0.1:9/", auth=auth)
        assert collecting.api.asked == []
