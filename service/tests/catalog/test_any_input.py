"""Whatever is given, there is a catalog or a list of mistakes."""

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gleaner.catalog import model
from gleaner.catalog.load import CatalogError, load_catalog
from gleaner.catalog.model import Part

KEYS = sorted(
    {
        name
        for part in vars(model).values()
        if isinstance(part, type) and issubclass(part, Part)
        for name in [*part.__struct_fields__, "kind"]
    }
)
WORDS = [
    *[
        "none",
        "bearer",
        "header",
        "query",
        "basic",
        "oauth2",
        "link",
        "next",
        "token",
        "offset",
        "page",
        "time",
        "text",
    ],
    *[
        "https://a.test/",
        "${cursor}",
        "${parent.id}",
        "${secret:x}",
        "${",
        "$$",
        "a.b",
        "a[",
        "length(@)",
        "30s",
        "1MiB",
    ],
    *["* * * * *", "Europe/Berlin", "UTC", "2024-01-01", "2024-01-01T00:00:00Z", "", " ", "\u0000", "\r\n", "é", "☃"],
    *[
        "s",
        "fail",
        "retry",
        "mark",
        "POST",
        "integer",
        "date",
        "csv",
        "line",
        "SELECT 1",
        "https://[",
        "http://a:b",
        "0",
    ],
]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(max_size=5)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner),
    max_leaves=12,
)
parts = st.dictionaries(st.sampled_from(KEYS), values, max_size=8)
catalogs = st.fixed_dictionaries(
    {},
    optional={
        "sources": st.dictionaries(st.sampled_from(["s", "t", "S"]), parts | values, max_size=3) | values,
        "reports": st.dictionaries(st.sampled_from(["r", "q"]), parts | values, max_size=2) | values,
    },
)
quick = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)


def reads_or_refuses(file: Path) -> None:
    try:
        load_catalog(file)
    except CatalogError as error:
        assert all(error.mistakes)  # noqa: PT017 (a catalog is as good an answer)


@given(value=catalogs | values)
@quick
def test_any_value_is_read_or_refused(value: Any, tmp_path_factory: Any) -> None:
    """Keys and words of the catalog in any order and type end in a list of mistakes, never in another error."""
    file = tmp_path_factory.getbasetemp() / "value.yaml"
    file.write_text(json.dumps(value), encoding="utf-8")
    reads_or_refuses(file)


@given(content=st.binary(max_size=200) | st.text("ab:-[]{}&*!|>'\"\n #%@`?,~<").map(str.encode))
@quick
def test_any_file_is_read_or_refused(content: bytes, tmp_path_factory: Any) -> None:
    """Bytes of any kind end in a list of mistakes."""
    file = tmp_path_factory.getbasetemp() / "content.yaml"
    file.write_bytes(content)
    reads_or_refuses(file)
