"""Where credentials never go."""

import gzip
from collections.abc import Callable

import pytest

from collecting.credentials import EVERYTHING, SECRET, failure
from collecting.loopback import Api, Collecting, Reply


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
