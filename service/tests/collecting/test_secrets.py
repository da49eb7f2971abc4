"""Credentials: how they are sent, and that nobody sees them."""

import base64
from typing import Any

import pytest

from collecting.credentials import BEARER, EVERYTHING, SECRET, failure
from collecting.loopback import Asked, Collecting, Reply
from gleaner.errors import InputError


class TestKinds:
    """Each kind of auth."""

    @pytest.mark.parametrize(
        ("auth", "header", "value"),
        [
            (BEARER, "authorization", f"Bearer {SECRET}"),
            ({"kind": "header", "name": "X-Key", "value": "k-${secret:token}"}, "x-key", f"k-{SECRET}"),
            (
                {"kind": "basic", "username": "me", "password": "${secret:token}"},
                "authorization",
                "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode(),
            ),
        ],
    )
    def test_headers(self, collecting: Collecting, auth: Any, header: str, value: str) -> None:
        """The credential is in its header."""
        collecting(auth=auth)
        assert collecting.api.asked[0].headers[header] == value

    def test_query(self, collecting: Collecting) -> None:
        """A key in the query goes along with every page, next URLs that lack it too."""

        def answer(asked: Asked) -> Any:
            return {"items": [], "next": None if "p" in asked.query else "/items?p=2"}

        collecting.api.answer = answer
        auth = {"kind": "query", "name": "api_key", "value": "${secret:token}"}
        collecting(auth=auth, records="items", pages={"kind": "next", "path": "next"})
        assert [asked.query["api_key"] for asked in collecting.api.asked] == [SECRET, SECRET]

    def test_our_own_headers(self, collecting: Collecting) -> None:
        """Requests say who asks and what is understood, and carry no cookies."""
        collecting.api.answer = lambda asked: Reply(
            [int(asked.query["p"])] if asked.query["p"] < "3" else [], headers={"Set-Cookie": "a=b"}
        )
        collecting(pages={"kind": "page", "param": "p"})
        headers = collecting.api.asked[-1].headers
        assert headers["user-agent"].startswith("gleaner/")
        assert (headers["accept"], headers["accept-encoding"]) == ("application/json", "gzip, deflate")
        assert "cookie" not in headers

    def test_read_again_at_each_run(self, collecting: Collecting) -> None:
        """A rotated secret counts at the next run."""
        collecting(auth=BEARER)
        collecting.secrets["token"] = "rotated-token"
        collecting(auth=BEARER)
        assert collecting.api.asked[1].headers["authorization"] == "Bearer rotated-token"

    def test_missing(self, collecting: Collecting, monkeypatch: pytest.MonkeyPatch) -> None:
        """A secret that cannot be had is the operator's error; nothing is asked."""

        class NoSecrets(dict[str, str]):
            def __missing__(self, name: str) -> str:
                raise InputError(f"secret {name!r}: cannot read it")

        collecting.secrets = NoSecrets()
        with pytest.raises(InputError, match="secret 'token'"):
            collecting(auth=BEARER)
        assert collecting.api.asked == []

    def test_environment_is_ignored(
        self, collecting: Collecting, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
    ) -> None:
        """Neither proxies nor .netrc of the machine change a request."""
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login me password leaked\n")
        monkeypatch.setenv("NETRC", str(netrc))
        assert collecting().state == "succeeded"
        assert "authorization" not in collecting.api.asked[0].headers


class TestNeverShown:
    """Case 22: values appear nowhere."""

    @pytest.mark.parametrize("status", [400, 500])
    def test_errors_and_log(self, collecting: Collecting, status: int) -> None:
        """Neither the error nor the log shows a secret of URL, headers or an answer that repeats them."""
        collecting.api.answer = lambda asked: Reply(
            {"url": asked.query, "auth": asked.headers.get("authorization"), "key": asked.headers.get("x-api-key")},
            status=status,
        )
        text = failure(collecting, **EVERYTHING, retry={"attempts": 2}) + collecting.log.text
        assert "key=***" in text
        assert SECRET not in text
        assert collecting.secrets["other"] not in text

    def test_connection_errors(self, collecting: Collecting) -> None:
        """A connection error shows no secret either."""
        text = failure(collecting, **EVERYTHING, url="http://127.0.0.1:9/${secret:token}", retry={"attempts": 1})
        assert SECRET not in text
        assert "http://127.0.0.1:9/***" in text

    def test_short_secrets(self, collecting: Collecting) -> None:
        """A secret too short to be masked by its value is masked by its parameter's name."""
        collecting.secrets["token"] = "abc"
        collecting.api.answer = lambda _: Reply(status=400)
        assert "key=***&q=a%20b%26c" in failure(collecting, params=EVERYTHING["params"])

    def test_basic_pair(self, collecting: Collecting) -> None:
        """An answer that repeats the header of basic authentication does not show it."""
        collecting.api.answer = lambda asked: Reply({"got": asked.headers["authorization"]}, status=400)
        text = failure(collecting, auth={"kind": "basic", "username": "user", "password": "${secret:token}"})
        assert base64.b64encode(f"user:{SECRET}".encode()).decode() not in text

    def test_cut_in_half(self, collecting: Collecting) -> None:
        """A secret where the shown beginning ends is masked before the cut: no half of it is left."""
        collecting.api.answer = lambda _: Reply(b"x" * 194 + SECRET.encode(), status=400)
        assert SECRET[:5] not in failure(collecting, auth=BEARER)

    def test_rejects_and_preview(self, collecting: Collecting, running_run: Any) -> None:
        """A rejected record that repeats a secret does not show it."""
        collecting.api.answer = lambda asked: [{"echo": asked.headers["authorization"]}]
        collecting(auth=BEARER, key="id", run=running_run)
        (reject,) = collecting.store.read_rejects(running_run.id)
        assert SECRET not in reject.sample
