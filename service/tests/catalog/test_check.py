"""Types, shorthands and unknown keys."""

from collections.abc import Callable

import pytest

from gleaner.catalog.model import (
    Bearer,
    Catalog,
    Field,
    ForEach,
    NoAuth,
    OAuth2,
    Pages,
    Records,
    Schedule,
    Source,
    Time,
    Timeout,
)
from gleaner.units import Bytes, Seconds

LoadSource = Callable[[str], Source]
Mistakes = Callable[[str], tuple[str, ...]]


def test_the_smallest_source_has_every_default(load: Callable[[str], Catalog]) -> None:
    """A source needs its URL alone."""
    assert load("sources: {s: {url: 'https://api.test/'}}").sources["s"] == Source(url="https://api.test/")


def test_shorthands_stand_for_the_usual_key(source: LoadSource) -> None:
    """A single value in place of a mapping sets the key that is meant."""
    short = source(
        """
        timeout: 30s
        records: features
        key: id
        time: properties.time
        fields: {mag: properties.mag}
        pages: link
        auth: none
        schedule: "*/5 * * * *"
        """
    )
    assert short.timeout == Timeout(request=Seconds(30))
    assert short.records == Records(path="features")
    assert short.key == "id"
    assert short.time == Time(path="properties.time")
    assert short.fields == {"mag": Field(path="properties.mag")}
    assert short.pages == Pages(kind="link")
    assert short.auth == NoAuth()
    assert short.schedule == Schedule(cron="*/5 * * * *")


def test_for_each_may_be_the_name_of_the_parent(load: Callable[[str], Catalog]) -> None:
    """A plain name sets the parent source."""
    catalog = load(
        "sources: {p: {url: 'https://a.test'}, c: {url: 'https://a.test/${parent.id}', for_each: p}}",
    )
    assert catalog.sources["c"].for_each == ForEach(source="p")


def test_one_value_stands_for_a_list_of_it(load: Callable[[str], Catalog]) -> None:
    """A single text is taken where a list is expected; keys and chart columns may be either."""
    catalog = load(
        """
        sources:
          s: {url: "https://a.test", allow_hosts: cdn.test, key: [a, b], retry: {statuses: 503}}
        reports:
          r: {title: R, sources: s, sql: SELECT 1, formats: csv, charts: [{kind: bar, x: a, y: [b, c]}]}
        """
    )
    source, report = catalog.sources["s"], catalog.reports["r"]
    assert (source.allow_hosts, source.key, source.retry.statuses) == (("cdn.test",), ("a", "b"), (503,))
    assert (report.sources, report.formats, report.charts[0].y) == (("s",), ("csv",), ("b", "c"))


def test_quantities_and_numbers_have_their_types(source: LoadSource) -> None:
    """Durations, sizes, shares and parameters of any size become exact values."""
    read = source(
        """
        timeout: {connect: 500ms, run: 2h}
        max_body: 8MiB
        rate: 2
        shrink_limit: 0
        params: {n: 123456789012345678901234567890, flag: true, list: [1, a, 0.5], day: 2024-01-01, zip: 01234}
        retry: {base: 1.5}
        """
    )
    assert read.timeout == Timeout(connect=Seconds(0.5), run=Seconds(7200))
    assert read.max_body == Bytes(8 * 1024**2)
    assert (read.rate, read.shrink_limit, read.retry.base) == (2.0, 0.0, Seconds(1.5))
    assert read.params["n"] == 123456789012345678901234567890
    assert read.params["flag"] is True
    assert (read.params["list"], read.params["day"], read.params["zip"]) == ([1, "a", 0.5], "2024-01-01", "01234")


def test_the_body_is_any_json(source: LoadSource) -> None:
    """A body keeps keys, nesting and types as they were written."""
    read = source("method: POST\nbody: {query: {no: [1, null, true, 1.5, {}]}, 1: x, big: 18446744073709551617}")
    assert read.body == {"query": {"no": [1, None, True, 1.5, {}]}, "1": "x", "big": 2**64 + 1}


def test_each_kind_of_auth_has_its_keys(source: LoadSource) -> None:
    """The kind decides which keys a credential has."""
    assert source('auth: {kind: bearer, token: "${secret:t}"}').auth == Bearer(token="${secret:t}")
    full = source(
        'auth: {kind: oauth2, token_url: "https://id.test/token", client_id: a, client_secret: "${secret:s}", scope: x}'
    )
    assert full.auth == OAuth2(token_url="https://id.test/token", client_id="a", client_secret="${secret:s}", scope="x")


def test_null_means_the_default_where_there_is_none_to_give(source: LoadSource) -> None:
    """An optional part may be left empty."""
    assert source("rate:\nschedule: null\nfields:\ntime: ~") == Source(url="https://api.test/")


@pytest.mark.parametrize(
    ("keys", "mistake"),
    [
        ("pages: {kind: linkk}", "pages.kind: 'linkk' is not one of link, next, offset, page, token, none"),
        ("pages: linkk", "pages.kind: 'linkk' is not one of link, next, offset, page, token, none"),
        ("pages: [link]", "pages: a list is not a mapping"),
        ("pages:", "pages: nothing is given; a mapping is expected"),
        ("recrods: x", ": unknown key 'recrods'; did you mean 'records'?"),
        ("time: {path: a, zonne: UTC}", "time: unknown key 'zonne'; did you mean 'zone'?"),
        ("time: {path: a, qqq: UTC}", "time: unknown key 'qqq'; allowed are path, zone"),
        ("<<: {a: 1}", ": unknown key '<<'; allowed are url, title"),
        ("time: {zone: UTC}", "time: 'path' is missing"),
        ("auth: {token: x}", "auth: 'kind' is missing; allowed are none, bearer, header, query, basic, oauth2"),
        ("auth: beerer", "auth.kind: 'beerer' is not one of none, bearer, header, query, basic, oauth2"),
        ("auth: bearer", "auth: 'token' is missing"),
        ("auth: {kind: none, token: x}", "auth: unknown key 'token'; allowed are none"),
        ("auth: {kind: basic, user: x, password: y}", "auth: unknown key 'user'; did you mean 'username'?"),
        ("allow_private: yes", "allow_private: 'yes' is not true or false"),
        ("allow_private: 1", "allow_private: 1 is not true or false"),
        ("title:", "title: nothing is given; text is expected"),
        ("title: [a]", "title: a list is not text"),
        ("pages: {kind: page, param: p, size: many}", "pages.size: 'many' is not a whole number"),
        ("pages: {kind: page, param: p, size: '5'}", "pages.size: '5' is not a whole number"),
        ("pages: {kind: page, param: p, size: 5.0}", "pages.size: 5.0 is not a whole number"),
        ("pages: {kind: page, param: p, size: true}", "pages.size: true is not a whole number"),
        ("pages: {kind: page, param: p, size: 0}", "pages.size: 0 is not 1 or more"),
        ("rate: 0", "rate: 0.0 is not more than 0"),
        ("rate: fast", "rate: 'fast' is not a number"),
        (f"rate: {10**400}", f"rate: {str(10**400)[:77]}... is not a number"),
        ("delete_limit: 1.5", "delete_limit: 1.5 is not from 0 to 1"),
        ("retry: {attempts: 40}", "retry.attempts: 40 is not from 1 to 20"),
        ("timeout: soon", "timeout.request: 'soon' is not a duration such as 500ms, 30s, 5m, 2h or 7d"),
        ("timeout: {read: true}", "timeout.read: true is not a duration such as 500ms, 30s, 5m, 2h or 7d"),
        (f"timeout: {10**400}", f"timeout.request: {str(10**400)[:77]}... is too large"),
        (f"timeout: {'9' * 400}d", f"timeout.request: '{'9' * 77}...' is too large"),
        ("max_body: 10 parsecs", "max_body: '10 parsecs' is not a size such as 4096, 500kB or 32MiB"),
        (f"max_body: {'9' * 400}B", f"max_body: '{'9' * 77}...' is too large"),
        ("records: a..b", "records.path: 'a..b' is not a JMESPath: unexpected '.' at character 3"),
        ("records: ''", "records.path: a JMESPath must not be empty"),
        ("key: [a, b[]", "this is not valid YAML"),
        ("key: [a, 'b[']", "key[1]: 'b[' is not a JMESPath: it ends too early, at character 2"),
        (
            "fields: {x: {path: 'lenght(@)'}}",
            "fields.x.path: 'lenght(@)' is not a JMESPath: there is no function lenght()",
        ),
        ("fields: [a]", "fields: a list is not a mapping"),
        ("headers: {X: '${secret:}'}", "headers.X: unknown reference '${secret:}'; allowed are ${secret:NAME}"),
        ("params: {a: {b: c}}", "params.a: a mapping is not text or a whole number or a number or true or false"),
        ("params: {a: }", "params.a: nothing is not text or a whole number or a number or true or false"),
        ("params: {v: 1.10}", "params.v: 1.10 would become 1.1; write that, or put it in quotes to keep the text"),
        ("params: {a: [1, [2]]}", "params.a[1]: a list is not text or"),
        ("errors: {then: fail}", "errors: a mapping is not a list"),
        ("errors: [{then: panic, status: 404}]", "errors[0].then: 'panic' is not one of fail, retry, skip"),
        ("cursor: {field: t, start: 1.5}", "cursor.start: 1.5 is not text or a whole number"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(keys: str, mistake: str, source_mistakes: Mistakes) -> None:
    """One wrong value gives one mistake: its path, what was found, what is allowed."""
    (found,) = source_mistakes(keys)
    assert found.startswith(mistake)


def test_every_mistake_of_a_file_is_listed_with_its_line(mistakes: Mistakes) -> None:
    """Wrong types and wrong meaning are listed together, in the order of lines."""
    assert mistakes(
        """\
        sources:
          quakes:
            url: ftp://api.test/
            pages:
              kind: linkk
            allow_private: yes
            records: a..b
          other:
            url: https://api.test/${cursor}
        report: {}
        reports:
          r:
            title: ""
            sources: [quaks, other]
            sql: SELECT 1
            formats: [csv, pdf]
        """
    ) == (
        "3: sources.quakes.url: 'ftp://api.test/' is not a URL that starts with http:// or https://",
        "5: sources.quakes.pages.kind: 'linkk' is not one of link, next, offset, page, token, none",
        "6: sources.quakes.allow_private: 'yes' is not true or false",
        "7: sources.quakes.records.path: 'a..b' is not a JMESPath: unexpected '.' at character 3",
        "9: sources.other.url: ${cursor} needs a 'cursor' in the source",
        "10: unknown key 'report'; did you mean 'reports'?",
        "13: reports.r.title: must not be empty",
        "14: reports.r.sources[0]: there is no source 'quaks'; did you mean 'quakes'?",
        "16: reports.r.formats[1]: 'pdf' is not one of html, csv, xlsx, parquet, json",
    )


@pytest.mark.parametrize(
    "keys",
    [
        "url: 'https://a.test/${cursor}'\ncursor: {feild: x}",
        "url: 'https://a.test/${cursor}'\ncursr: {field: x}",
        "url: 'https://a.test/${parent.id}'\nfor_each: {sorce: s}",
        "url: [a]\ncursor: {field: x}",
        "cursor: {field: x}\nparams: [since]",
        "method: POTS\nbody: {}",
        "auth: {kind: bearer, token: '${cursor}', x: 1}",
    ],
)
def test_one_mistake_does_not_look_like_two(keys: str, source_mistakes: Mistakes) -> None:
    """What depends on a value that is wrong already is not reported as well."""
    named = {mistake.split(":")[0].split(".")[0] for mistake in source_mistakes(keys)}
    assert len(named) == 1
