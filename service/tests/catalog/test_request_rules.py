"""What can be asked."""

from collections.abc import Callable

import pytest

from gleaner.catalog.model import Catalog, HeaderKey, Source

Load = Callable[[str], Catalog]
LoadSource = Callable[[str], Source]
Mistakes = Callable[[str], tuple[str, ...]]


@pytest.mark.parametrize(
    "url",
    [
        "https://api.test",
        "http://api.test:8080/a/b?c=d&e=%20",
        "HTTPS://Api.Test/",
        "https://[2001:db8::1]:443/x",
        "http://127.0.0.1/",
        "https://bücher.example/",
        "https://my_host.internal/",
        "https://api.test/items?$filter=a&since=${run.time}&key=${secret:k}",
        "https://api.test?since=${run.time}",
    ],
)
def test_a_url_with_a_fixed_origin_is_taken(url: str, load: Load) -> None:
    """Any http(s) URL whose host is written out is fine, with references in path and query."""
    assert load(f"sources: {{s: {{url: '{url}'}}}}").sources["s"].url == url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("api.test/x", "is not a URL that starts with http:// or https://"),
        ("ftp://api.test/x", "is not a URL that starts with"),
        ("file:///etc/passwd", "is not a URL that starts with"),
        ("${secret:base}/x", "is not a URL that starts with"),
        ("https:///x", "'' is not a host"),
        ("https://${secret:host}/x", "not in host or port"),
        ("https://api.test:${run.time}/x", "not in host or port"),
        ("https://api.test$$/x", "not in host or port"),
        ("https://user:pw@api.test/", "a user or password in the URL is refused"),
        ("https://api.test:0/", "a port is a number from 1 to 65535"),
        ("https://api.test:99999/", "a port is a number from 1 to 65535"),
        ("https://api.test:port/", "is not a host or host:port"),
        ("https://-api.test/", "is not a host or host:port"),
        ("https://a..b/", "is not a host or host:port"),
        ("https://a b/", "is not a host or host:port"),
        ("https://[::zz]/", "is not a host or host:port"),
        ("https://[fe80::1%eth0]/", "is not a host or host:port"),
        ("https://api.test\\\\@evil.test/", "a user or password in the URL is refused"),
        ("https://api.test\\\\evil/", "is not a host or host:port"),
        ("https://api.test/a b", "holds a space"),
        ("https://api.test/a\\nb", "holds a space, a backslash or a control character"),
        ("https://api.test/a#b", "has a fragment (#)"),
    ],
)
def test_another_url_is_refused(url: str, reason: str, source_mistakes: Mistakes) -> None:
    """Other schemes, user info, references in the origin and what parsers disagree about are mistakes."""
    (found,) = source_mistakes(f'url: "{url}"')
    assert found.startswith("url: ")
    assert reason in found


def test_a_password_in_a_url_is_not_repeated(source_mistakes: Mistakes) -> None:
    """The message about a URL with a password does not show it."""
    (found,) = source_mistakes("url: https://user:hunter2@api.test/")
    assert "hunter2" not in found


@pytest.mark.parametrize("host", ["cdn.test", "cdn.test:8443", "https://cdn.test", "http://cdn.test:80/", "[::1]:80"])
def test_other_hosts_may_be_allowed(host: str, source: LoadSource) -> None:
    """A host, a host with port or a whole origin can be allowed."""
    assert source(f"allow_hosts: ['{host}']").allow_hosts == (host,)


@pytest.mark.parametrize("host", ["*", "*.test", "https://cdn.test/path", "ftp://cdn.test", "", "a/b", "u@cdn.test"])
def test_what_is_no_host_cannot_be_allowed(host: str, source_mistakes: Mistakes) -> None:
    """Wildcards, paths and other schemes are refused."""
    (found,) = source_mistakes(f"allow_hosts: ['{host}']")
    assert found.startswith("allow_hosts[0]: ")


@pytest.mark.parametrize(
    ("keys", "mistake"),
    [
        ('headers: {"X Y": a}', "headers.X Y: 'X Y' is not a header name"),
        ('headers: {"": a}', "headers.: '' is not a header name"),
        ('headers: {X: "a\\r\\nY: b"}', "headers.X: a header value must not hold a line break"),
        ('headers: {X: "a\\0"}', "headers.X: a header value must not hold a line break or a control character"),
        ('headers: {X: " a"}', "headers.X: a header value must not begin or end with white space"),
        ("headers: {X: ☃}", "headers.X: a header value holds Latin-1 characters only"),
        ("headers: {host: a}", "headers.host: 'host' is set by the program"),
        ("headers: {Accept: a, accept: b}", "headers.accept: is the same header as 'Accept'"),
        (
            "headers: {authorization: a}\nauth: {kind: bearer, token: b}",
            "headers.authorization: is set by auth with kind bearer already",
        ),
        (
            "headers: {X-Key: a}\nauth: {kind: header, name: x-key, value: b}",
            "headers.X-Key: is set by auth with kind header already",
        ),
        ('auth: {kind: header, name: "a b", value: c}', "auth: 'a b' is not a header name"),
        ('auth: {kind: header, name: a, value: "c\\n"}', "auth: a header value must not hold a line break"),
        ('auth: {kind: bearer, token: "a\\nb"}', "auth.token: a header value must not hold a line break"),
        ("auth: {kind: query, name: '', value: c}", "auth.name: must not be empty"),
        ("auth: {kind: query, name: k, value: c}\nparams: {k: d}", "params.k: is set by auth with kind query already"),
        (
            "auth: {kind: oauth2, token_url: 'https://${secret:x}/', client_id: a, client_secret: b}",
            "auth.token_url: 'https://${secret:x}/': references may stand in the path and the query",
        ),
        (
            "auth: {kind: oauth2, token_url: 'http://a', client_id: a, client_secret: s, params: {p: '${cursor}'}}",
            "auth.params.p: credentials may refer to ${secret:NAME} only, not to ${cursor}",
        ),
        (
            "auth: {kind: bearer, token: '${run.time}'}",
            "auth.token: credentials may refer to ${secret:NAME} only, not to ${run.time}",
        ),
        ("body: {a: 1}", "body: is sent with method POST only, not GET"),
        ("params: {a: ['${cursor}']}", "params.a[0]: ${cursor} needs a 'cursor' in the source"),
        (
            "method: POST\nbody: {a: [{b: '${parent.x}'}]}",
            "body.a[0].b: ${parent.PATH} needs a 'for_each' in the source",
        ),
        ("headers: {X: '${parent.x}'}", "headers.X: ${parent.PATH} needs a 'for_each' in the source"),
        ("params: {a: '${nope}'}", "params.a: unknown reference '${nope}'; allowed are"),
        ("method: POST\nbody: ['${']", "body[0]: '${' is not closed; allowed are"),
        ("cursor: {field: t}", "cursor: is used nowhere; send it, such as in params: {since: '${cursor}'}"),
    ],
)
def test_a_request_that_cannot_be_made_is_refused(keys: str, mistake: str, source_mistakes: Mistakes) -> None:
    """Headers, credentials, bodies and references are checked before any run."""
    (found,) = source_mistakes(keys)
    assert found.startswith(mistake)


def test_references_are_taken_where_a_run_knows_them(load: Load) -> None:
    """The cursor, the parent, the run's time and secrets can be sent in URL, parameters, headers and body."""
    catalog = load(
        """
        sources:
          parent: {url: "https://a.test/"}
          child:
            url: https://a.test/${parent.id}/items
            method: POST
            params: {since: "${cursor}"}
            headers: {X-Time: "${run.time}", X-Key: "${secret:key}"}
            body: {query: ["${parent.name}", "$$"]}
            cursor: {field: t}
            for_each: parent
        """
    )
    assert catalog.sources["child"].cursor is not None


def test_a_header_may_end_in_a_secret(load: Load) -> None:
    """A scheme before the secret is part of the value; the secret stands for some text."""
    auth = "{kind: header, name: Authorization, value: 'Token ${secret:x}'}"
    catalog = load(f"sources: {{s: {{url: 'https://api.test/', auth: {auth}}}}}")
    assert catalog.sources["s"].auth == HeaderKey(name="Authorization", value="Token ${secret:x}")
