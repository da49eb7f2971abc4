from urllib.parse import quote, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gleaner.web.accounts.following import safe_next


@pytest.mark.parametrize(
    "target", ["/", "/runs", "/runs?state=failed&since=2026-01-01", "/sources/a%20b", "/x?q=%E2%82%AC", "/a//b"]
)
def test_pages_of_ours_are_followed(target: str) -> None:
    """Where the person wanted to go, with the query."""
    assert safe_next(target) == target


@pytest.mark.parametrize(
    "target",
    [
        *(
            "",
            "runs",
            "https://evil.example",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
        ),
        *("/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example", "/ /evil.example", "/\x00"),
        *("/%2F/evil.example", "/%2fevil.example", "/%5Cevil.example", "/%09/evil.example", "/%252F/evil.example"),
        *("javascript:alert(1)", "data:text/html,x", "http:evil.example", "/login", "/login?next=/x", "/logout"),
        *(
            "/é",
            "/x\r\nSet-Cookie: a=b",
            "/x%0d%0aSet-Cookie:%20a=b",
            "/" + "x" * 3000,
            "@evil.example",
            ".evil.example",
        ),
    ],
)
def test_everything_else_leads_to_the_overview(target: str) -> None:
    """Nothing that any browser could read as another site, and no log-in again."""
    assert safe_next(target) == "/"


@given(st.one_of(st.text(max_size=40), st.text("/\\%25fF0aA9:@.\t\n evil", max_size=12)))
def test_no_text_leads_off_the_site(target: str) -> None:
    """However it is written, encoded once or twice."""
    for written in (target, quote(target), quote(quote(target))):
        led = urlsplit(urljoin("https://gleaner.example/login", safe_next(written).replace("\\", "/")))
        assert (led.scheme, led.netloc) == ("https", "gleaner.example")
