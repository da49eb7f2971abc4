"""Credentials: how they are sent, where they never go, and that nobody sees them."""

import base64
import gzip
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from collecting.loopback import Api, Asked, Collecting, Reply
from gleaner.collecting.failures import CollectFailed
from gleaner.errors import InputError

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


@pytest.fixture
def elsewhere(make_api: Callable[[], Api]) -> Api:
    """Another origin: the same host on another port."""
    return make_api()


def sent_secrets(api: Api) -> list[str]:
    """Everything of the source's that arrived at an API."""
    names = {"authorization", "x-api-key", "x-plain"}
    found = [asked.headers[name] for asked in api.asked for name in names & set(asked.headers)]
    found += [asked.query["key"] for asked in api.asked if "key" in asked.query]
    return found + [asked.body.decode() for asked in api.asked if asked.body]


class TestCase7:
    """A token never leaves its origin."""

    @pytest.mark.parametrize("kind", ["redirect", "next", "link"])
    def test_refused(self, collecting: Collecting, elsewhere: Api, kind: str) -> None:
        """A redirect, next URL or link to another port fails the run; nothing is asked there."""
        target = f"{elsewhere.url}/steal"
        collecting.api.answer = lambda _: Reply(
            {"items": [{"id": 1}], "next": target},
            status=302 if kind == "redirect" else 200,
            headers={"Location": target, "Link": f"<{target}>; rel=next"},
        )
        paging = {"redirect": {}, "next": {"kind": "next", "path": "next"}, "link": {"kind": "link"}}[kind]
        text = failure(collecting, **EVERYTHING, records="items", pages=paging)
        assert f"refused to go from {collecting.api.url} to {elsewhere.url}: another origin" in text
        assert elsewhere.asked == []

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_allowed_redirect(self, collecting: Collecting, elsewhere: Api, status: int) -> None:
        """An allowed host is followed with no credential, no configured header and no secret parameter."""
        elsewhere.answer = lambda _: [{"id": 1}]
        target = f"{elsewhere.url}/file?key={SECRET}&x=1"
        collecting.api.answer = lambda _: Reply(status=status, headers={"Location": target})
        host = elsewhere.url.removeprefix("http://")
        assert collecting(**EVERYTHING, key="id", allow_hosts=[host]).state == "succeeded"
        assert [asked.query for asked in elsewhere.asked] == [{"x": "1"}]
        assert sent_secrets(elsewhere) == []
        assert "followed without credentials" in collecting.log.text

    def test_allowed_next(self, collecting: Collecting, elsewhere: Api) -> None:
        """The same holds for a next URL, also when a page from there leads back."""
        own = collecting.api
        own.answer = lambda asked: {
            "items": [{"id": len(own.asked)}],
            "next": f"{elsewhere.url}/2" if asked.path == "/items" else None,
        }
        elsewhere.answer = lambda _: {"items": [{"id": 9}], "next": f"{own.url}/3"}
        outcome = collecting(
            **EVERYTHING, key="id", records="items", pages={"kind": "next", "path": "next"}, allow_hosts=[elsewhere.url]
        )
        assert outcome.state == "succeeded"
        assert sent_secrets(elsewhere) == []
        assert own.asked[0].headers["authorization"]
        assert "authorization" not in own.asked[1].headers

    def test_redirect_there_and_back(self, collecting: Collecting, elsewhere: Api) -> None:
        """Whoever was elsewhere comes back without credentials: the other side chose the address."""
        own = collecting.api
        own.answer = lambda asked: (
            [1] if asked.path == "/back" else Reply(status=302, headers={"Location": f"{elsewhere.url}/"})
        )
        elsewhere.answer = lambda _: Reply(status=302, headers={"Location": f"{own.url}/back"})
        collecting(**EVERYTHING, allow_hosts=[elsewhere.url])
        assert own.asked[-1].path == "/back"
        assert "authorization" not in own.asked[-1].headers
        assert "x-api-key" not in own.asked[-1].headers

    def test_secret_in_the_target(self, collecting: Collecting, elsewhere: Api) -> None:
        """A redirect that carries a secret in any other place is refused, allowed host or not."""
        target = f"{elsewhere.url}/{SECRET}/x"
        collecting.api.answer = lambda _: Reply(status=302, headers={"Location": target})
        text = failure(collecting, **EVERYTHING, allow_hosts=[elsewhere.url])
        assert "with a secret in the URL" in text
        assert elsewhere.asked == []

    def test_body_stays(self, collecting: Collecting, elsewhere: Api) -> None:
        """A redirect that would send the body of a POST on to another origin is refused."""
        collecting.api.answer = lambda _: Reply(status=307, headers={"Location": f"{elsewhere.url}/"})
        declared = {"method": "POST", "body": {"k": "${secret:token}"}, "allow_hosts": [elsewhere.url]}
        assert "its body is not sent on" in failure(collecting, **declared)
        assert elsewhere.asked == []

    @pytest.mark.parametrize(
        "target",
        ["//evil.example/x", "https://127.0.0.1:1/", "http://user@{host}/", "http://{host}\\@evil.example/",
         "ftp://{host}/", "file:///etc/passwd", "http://{host}.evil.example/", "http://[::1/"],
    )  # fmt: skip
    def test_crooked_targets(self, collecting: Collecting, target: str) -> None:
        """A target that only looks like the own origin is refused."""
        location = target.replace("{host}", collecting.api.url.removeprefix("http://"))
        collecting.api.answer = lambda asked: (
            Reply(status=302, headers={"Location": location}) if len(collecting.api.asked) == 1 else []
        )
        assert "refused" in failure(collecting, **EVERYTHING)
        assert len(collecting.api.asked) == 1

    def test_same_origin(self, collecting: Collecting) -> None:
        """Within the origin redirects keep credentials, the key in the query too."""
        collecting.api.answer = lambda asked: (
            Reply(status=301, headers={"Location": "/new"}) if asked.path == "/items" else [1]
        )
        assert collecting(**EVERYTHING).state == "succeeded"
        moved = collecting.api.asked[1]
        assert (moved.path, moved.query["key"]) == ("/new", SECRET)
        assert moved.headers["authorization"] == f"Bearer {SECRET}"

    def test_body_of_a_redirect(self, collecting: Collecting) -> None:
        """The limit of the body's size holds for redirects too."""
        body = gzip.compress(b" " * 3_000_000)
        headers = {"Location": "/else", "Content-Encoding": "gzip"}
        collecting.api.answer = lambda _: Reply(body, status=302, headers=headers)
        assert "larger than max_body" in failure(collecting, max_body="1MiB")

    def test_endless_redirects(self, collecting: Collecting) -> None:
        """Five redirects are followed, a sixth is not."""
        collecting.api.answer = lambda _: Reply(status=302, headers={"Location": "/items"})
        assert "more than 5 redirects" in failure(collecting)
        assert len(collecting.api.asked) == 6


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
