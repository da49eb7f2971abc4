"""What the parts of a source mean together."""

from collections.abc import Callable

import pytest

from gleaner.catalog.model import Catalog, Source

Load = Callable[[str], Catalog]
LoadSource = Callable[[str], Source]
Mistakes = Callable[[str], tuple[str, ...]]

SENT = "params: {since: '${cursor}'}\n"


@pytest.mark.parametrize(
    "pages",
    [
        "none",
        "{kind: none, stop: {total: count, field: truncated}}",
        "link",
        "{kind: link, size: 100, size_param: per_page, stop: {empty: true}, limit: 5, on_limit: accept}",
        "{kind: next, path: links.next}",
        "{kind: token, path: next, param: token, same_token: true, stop: {field: more}}",
        "{kind: offset, param: offset, size: 100, size_param: limit, start: 0, stop: {total: count, short: true}}",
        "{kind: page, param: page, start: 1, size: 50, stop: {short: true}}",
    ],
)
def test_each_kind_of_paging_has_its_keys(pages: str, source: LoadSource) -> None:
    """What a kind needs and what counts for it is taken."""
    assert source(f"pages: {pages}").pages.kind in pages


@pytest.mark.parametrize(
    ("pages", "mistake"),
    [
        ("{kind: next}", "pages: 'path' is missing; kind next needs it"),
        ("{kind: token, path: a}", "pages: 'param' is missing; kind token needs it"),
        ("{kind: token, param: a}", "pages: 'path' is missing; kind token needs it"),
        ("{kind: offset, param: a}", "pages: 'size' is missing; kind offset needs it"),
        ("{kind: offset, size: 5}", "pages: 'param' is missing; kind offset needs it"),
        ("{kind: page}", "pages: 'param' is missing; kind page needs it"),
        ("{param: a}", "pages.param: does not count for kind none; remove it"),
        ("{limit: 5}", "pages.limit: does not count for kind none; remove it"),
        ("{stop: {empty: true}}", "pages.stop.empty: does not count for kind none; remove it"),
        ("{stop: {short: true}}", "pages.stop.short: does not count for kind none; remove it"),
        ("{kind: link, path: a}", "pages.path: does not count for kind link; remove it"),
        ("{kind: link, start: 1}", "pages.start: does not count for kind link; remove it"),
        ("{kind: next, path: a, param: b}", "pages.param: does not count for kind next; remove it"),
        ("{kind: page, param: a, same_token: true}", "pages.same_token: does not count for kind page; remove it"),
        ("{kind: page, param: a, stop: {short: true}}", "pages.stop.short: needs 'size'"),
        ("{kind: link, size_param: a}", "pages.size_param: needs 'size'"),
        ("{kind: page, param: a, size: 5, size_param: a}", "pages.size_param: 'a' is the 'param' already"),
        ("{kind: page, param: a, start: -1}", "pages.start: -1 is not 0 or more"),
    ],
)
def test_keys_that_do_not_fit_the_kind_are_refused(pages: str, mistake: str, source_mistakes: Mistakes) -> None:
    """A key that is needed and missing, or given and without effect, is a mistake."""
    (found,) = source_mistakes(f"pages: {pages}")
    assert found.startswith(mistake)


@pytest.mark.parametrize(
    ("keys", "mistake"),
    [
        ("fields: {1st: a}", "fields.1st: is not a field name"),
        ("fields: {a.b: a}", "fields.a.b: is not a field name"),
        ("fields: {body: a}", "fields.body: is reserved; so are body, first_seen, gone, key, last_seen, parent, time"),
        ("fields: {Key: a}", "fields.Key: is reserved"),
        ("fields: {mag: a, Mag: b}", "fields.Mag: is the same column as 'mag'"),
        ("fields: {a: {path: a, zone: UTC}}", "fields.a.zone: counts for type time only, not text"),
        ("fields: {a: {path: a, type: time, zone: Mars}}", "fields.a.zone: 'Mars' is not an IANA time zone"),
        ("time: {path: a, zone: Europe/Berln}", "time.zone: 'Europe/Berln' is not an IANA time zone; did you mean"),
        ("key: [a, a]", "key: names an expression twice"),
        (SENT + "cursor: {field: a, type: text, lookback: 1}", "cursor.lookback: is not possible with type text"),
        (SENT + "cursor: {field: a, type: integer, lookback: 500ms}", "cursor.lookback: 0.5 is not a whole number"),
        (SENT + "cursor: {field: a, type: integer, zone: UTC}", "cursor.zone: counts for type time only, not integer"),
        (SENT + "cursor: {field: a, zone: Mars}", "cursor.zone: 'Mars' is not an IANA time zone"),
        (SENT + "cursor: {field: a, type: integer, start: x}", "cursor.start: 'x' is not of type integer"),
        (SENT + "cursor: {field: a, type: text, start: 5}", "cursor.start: 5 is not of type text"),
        (SENT + "cursor: {field: a, start: x}", "cursor.start: 'x' is not a time"),
        (SENT + "cursor: {field: a, start: 2024-01-01}", "cursor.start: '2024-01-01' has no offset: declare zone"),
        ("errors: [{then: fail}]", "errors[0]: needs 'status' or 'when'"),
        ("errors: [{then: fail, status: 999}]", "errors[0].status: 999 is not an HTTP status from 100 to 599"),
        ("retry: {statuses: [429, 5]}", "retry.statuses[1]: 5 is not an HTTP status from 100 to 599"),
        ("max_body: 0", "max_body: must be 1 or more"),
        ("timeout: 0", "timeout.request: must be more than 0"),
        ("timeout: {run: 0s}", "timeout.run: must be more than 0"),
        ("schedule: hourly", "schedule.cron: 'hourly' is not the five fields"),
        ("schedule: '* * * * * *'", "schedule.cron: '* * * * * *' is not the five fields"),
        ("schedule: '61 * * * *'", "schedule.cron: '61 * * * *' is not a cron expression: "),
        ("schedule: '0 0 31 2 *'", "schedule.cron: '0 0 31 2 *' is not a cron expression: "),
        ("schedule: {cron: '* * * * *', zone: ''}", "schedule.zone: must not be empty"),
        ("schedule: {cron: '* * * * *', zone: Europe/Berln}", "schedule.zone: 'Europe/Berln' is not an IANA time zone"),
        ("url: 'https://a.test/${parent.id}'\nfor_each: s", "for_each.source: is the source itself"),
        ("url: 'https://a.test/${parent.id}'\nfor_each: x", "for_each.source: there is no source 'x'; there are s"),
        (
            "url: 'https://a.test/${parent.id}'\nfor_each: {source: s, concurrency: 99}",
            "for_each.concurrency: 99",
        ),
    ],
)
def test_what_cannot_work_is_refused(keys: str, mistake: str, source_mistakes: Mistakes) -> None:
    """Each rule of meaning has its own message at its own path."""
    (found,) = source_mistakes(keys)
    assert found.startswith(mistake)


@pytest.mark.parametrize(
    "keys",
    [
        "cursor: {field: a}",
        "cursor: {field: a, start: 1704067200, lookback: 1h}",
        "cursor: {field: a, start: 2024-01-01, zone: Europe/Berlin}",
        "cursor: {field: a, type: integer, start: 0, lookback: 5, order: ascending}",
        "cursor: {field: a, type: text, start: A-000}",
        "cursor: {field: a}\ndeletes: mark",
        "errors: [{then: skip, status: 404}, {then: retry, when: 'error == `busy`', message: busy}]",
        "time: {path: a, zone: Asia/Tokyo}\nfields: {a_1: {path: a, type: time, zone: UTC}}",
        "schedule: {cron: '30 2 * * MON-FRI', zone: Europe/Berlin, paused: true}",
    ],
)
def test_what_works_is_taken(keys: str, source: LoadSource) -> None:
    """Sound combinations load."""
    assert source((SENT if "cursor" in keys else "") + keys)


def test_children_have_one_level(mistakes: Mistakes) -> None:
    """A source for each record of a source that is itself for each of another one is refused; cycles are too."""
    found = mistakes(
        """
        sources:
          a: {url: "https://a.test/"}
          b: {url: "https://a.test/${parent.id}", for_each: a}
          c: {url: "https://a.test/${parent.id}", for_each: b}
          d: {url: "https://a.test/${parent.id}", for_each: e}
          e: {url: "https://a.test/${parent.id}", for_each: d}
        """
    )
    assert [mistake.partition(": ")[2] for mistake in found] == [
        "sources.c.for_each.source: 'b' is for each of 'a' itself; one level is possible",
        "sources.d.for_each.source: 'e' is for each of 'd' itself; one level is possible",
        "sources.e.for_each.source: 'd' is for each of 'e' itself; one level is possible",
    ]


def test_a_child_that_does_not_use_its_parent_is_refused(mistakes: Mistakes) -> None:
    """Without a reference to the parent, the same request would be made again and again."""
    (found,) = mistakes("sources: {a: {url: 'https://a.test/'}, b: {url: 'https://a.test/b', for_each: a}}")
    assert "sources.b.for_each: asks the same each time; use ${parent.PATH}" in found
