import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from gleaner.running.application import Context
from gleaner.settings import Settings
from gleaner.store.model import NewRecord
from gleaner.store.protocol import QueryTooSlow
from web.conftest import Browser

CATALOG = """
sources:
  quakes:
    title: "<Earthquakes>"
    url: "https://example.org/q?api_key=hunter22&page=1"
    headers: {X-Api-Key: hunter23}
    auth: {kind: bearer, token: "${secret:quakes}"}
    key: id
    time: at
    fields:
      place: place
      depth: {path: depth, type: number}
      felt: {path: felt, type: integer}
      big: {path: big, type: boolean}
      seen: {path: seen, type: time}
      links: {path: links, type: json}
"""
NOW = 1_767_225_600_000  # 2026-01-01


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    return settings


@pytest.fixture
def filled(context: Context) -> Context:
    """120 records, two minutes apart, with the least at home in Crete."""
    context.store.keep_records("quakes", [quake(number) for number in range(120)])
    context.store.index_fields("quakes", dict.fromkeys(context.catalog.sources["quakes"].fields, True))
    return context


def quake(number: int) -> NewRecord:
    fields = {
        "place": "Crete" if number % 3 else "<Chile>",
        "depth": number + 0.5,
        "felt": None if number % 2 else number,
        "big": number > 100,
        "seen": NOW,
        "links": '["a","b"]',
    }
    body = f'{{"id":"q{number}","serial":123456789012345678901234567890.0,"text":"<i>"}}'
    return NewRecord(f'"q{number}"', body, number.to_bytes(16, "big"), NOW + number * 120_000, fields)


def keys(page: str) -> list[str]:
    return re.findall(r'class="clip" href="/sources/quakes/record\?key=[^"]*">\s*([^<]*?)\s*</a>', page)


def next_of(page: str) -> str | None:
    match = re.search(r'href="([^"]*)" rel="next"', page)
    return match[1].replace("&amp;", "&") if match else None


def test_it_works(client: Browser, filled: Context) -> None:
    """The newest fifty records, each value in the form of its type, each key a link to its record."""
    page = client.get("/sources/quakes").text
    assert keys(page) == [f"q{number}" for number in range(119, 69, -1)]
    assert "&lt;Chile&gt;" in page
    assert '<td class="number">119.5</td>' in page
    assert "2026-01-01 03:58:00 UTC" in page


def test_paging_shows_each_record_once(client: Browser, filled: Context) -> None:
    """From page to page to the end, in the order of a field that many share."""
    address: str | None = "/sources/quakes?sort=place"
    seen: list[str] = []
    while address:
        page = client.get(address).text
        seen += keys(page)
        address = next_of(page)
    assert len(seen) == len(set(seen)) == 120


def test_every_link_of_a_later_page_works(client: Browser, filled: Context) -> None:
    """Another order, another range or one condition less begin anew: a place belongs to the question it came from."""
    second = next_of(client.get("/sources/quakes?where=place=Crete").text)
    assert second
    links = set(re.findall(r'href="(/sources/quakes\?[^"#]*)', client.get(second).text))
    assert len(links) > 10
    assert {client.get(link.replace("&amp;", "&")).status_code for link in links} == {200}


def test_a_page_keeps_its_filter(client: Browser, filled: Context) -> None:
    """The next page holds to the filter, the order and the range of the chart."""
    address = next_of(client.get("/sources/quakes?where=place=Crete&sort=depth&days=90").text)
    assert address
    assert {"where=place=Crete", "sort=depth", "days=90"} <= set(unquote(address).partition("?")[2].split("&"))
    assert "90 days" in client.get(address).text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("where=depth=7.5", ["q7"]),
        ("where=big=true&sort=key", [f"q{n}" for n in range(101, 120)]),
        ("where=felt&where=place=<Chile>&sort=depth&since=2026-01-01T03:30", ["q105", "q111", "q117"]),
        ("until=2026-01-01T00:03", ["q1", "q0"]),
        ("q=q117", ["q117"]),
    ],
)
def test_filters(client: Browser, filled: Context, query: str, expected: list[str]) -> None:
    """By field, by no value, by time and by text."""
    assert keys(client.get(f"/sources/quakes?{query}").text) == expected


def test_the_form_makes_a_clean_address(client: Browser, filled: Context) -> None:
    """Empty fields leave it, and a chosen field joins the conditions, instead of one for the same field."""
    answer = client.get(
        "/sources/quakes?q=&since=&where=big=true&where=place=Crete&field=place&value=<Chile>&sort=depth"
    )
    assert answer.status_code == 303
    assert unquote(answer.headers["Location"]) == "/sources/quakes?where=big=true&where=place=<Chile>&sort=depth"


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("since=soon", "since", "is neither a date nor a time"),
        ("field=depth&value=deep", "where", "depth: &#39;deep&#39; is not a number"),
        ("where=height=1", "where", "is no declared field"),
        ("value=7", "where", "choose the field"),
    ],
)
def test_a_mistake_stands_at_its_field(client: Browser, filled: Context, query: str, field: str, message: str) -> None:
    """With the message tied to the input, and with the rest of the form as it was."""
    answer = client.get(f"/sources/quakes?q=kept&{query}")
    assert answer.status_code == 400
    assert re.search(rf'id="{field}-error">[^<]*{re.escape(message)}', answer.text)
    assert f'aria-describedby="{field}-error"' in answer.text
    assert 'value="kept"' in answer.text


@pytest.mark.parametrize("query", ["cursor=nonsense", "sort=height", "order=up", "colour=red", "q=a&q=b"])
def test_no_address_breaks_it(client: Browser, filled: Context, query: str) -> None:
    """What only a hand-made address holds is said as well."""
    answer = client.get(f"/sources/quakes?{query}")
    assert answer.status_code == 400
    assert 'class="notice bad"' in answer.text or 'class="mistake"' in answer.text


def test_a_slow_question_keeps_the_form(client: Browser, filled: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that it took too long, and what to change."""

    def refuse(*_: object) -> None:
        raise QueryTooSlow

    monkeypatch.setattr(filled.store, "find_records", refuse)
    answer = client.get("/sources/quakes?q=needle")
    assert answer.status_code == 503
    assert "Narrow the time" in answer.text
    assert 'value="needle"' in answer.text


def test_empty_states(client: Browser, context: Context) -> None:
    """Nothing collected yet, and nothing that fits, are two things."""
    assert "No records yet" in client.get("/sources/quakes").text
    assert "No record fits the filter" in client.get("/sources/quakes?q=x").text


def test_no_credential_is_shown(client: Browser) -> None:
    """A reference stays, a text in the place of a secret is masked."""
    page = client.get("/sources/quakes").text
    assert "${secret:quakes}" in page
    assert "hunter22" not in page
    assert "hunter23" not in page
    assert "page=1" in page


def test_a_record_in_full(client: Browser, filled: Context) -> None:
    """Its JSON is indented and keeps every digit; text is text."""
    page = client.get('/sources/quakes/record?key="q7"').text
    assert "  &#34;serial&#34;: 123456789012345678901234567890.0,\n" in page
    assert "&lt;i&gt;" in page
    assert "7.5" in page


def test_a_huge_record_is_shown_in_part(client: Browser, context: Context) -> None:
    """A page stays readable; the API has all of it."""
    body = f'{{"text":"{"x" * 1_100_000}"}}'
    context.store.keep_records("quakes", [NewRecord('"big"', body, b"h" * 16, None, {})])
    page = client.get('/sources/quakes/record?key="big"').text
    assert "Only the beginning is shown" in page
    assert len(page) < 1_020_000


@pytest.mark.parametrize(
    "address", ["/sources/nothing", "/sources/nothing/record?key=1", "/sources/quakes/record?key=1"]
)
def test_what_is_not_there(client: Browser, address: str) -> None:
    """404 with a way on."""
    answer = client.get(address)
    assert answer.status_code == 404
    assert "To the overview" in answer.text


def test_only_an_operator_can_collect(client: Browser, viewer: Browser) -> None:
    """A viewer has no button; its form would be refused anyway."""
    assert "Collect now" in client.get("/sources/quakes").text
    assert "Collect now" not in viewer.get("/sources/quakes").text
