import itertools
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest

from gleaner.catalog.model import Chart
from gleaner.errors import InputError
from gleaner.reporting import charts
from gleaner.reporting.charts import check_charts, draw
from gleaner.reporting.result import Result

SQL = (
    "SELECT range AS n, range * 2 AS twice, 'p' || range AS place, DATE '2024-01-01' + range::INT AS day FROM range(12)"
)


@pytest.fixture
def svg(result_of: Callable[..., Result], notes: list[str]) -> Callable[..., str]:
    def svg(sql: str = SQL, **chart: Any) -> str:
        result = result_of(sql)
        check_charts([Chart(**chart)], result.columns)
        return draw(Chart(**chart), result, notes.append)

    return svg


@pytest.mark.parametrize("kind", ["line", "bar"])
@pytest.mark.parametrize("x", ["n", "place", "day"])
def test_each_kind_takes_numbers_texts_and_days(svg: Callable[..., str], kind: str, x: str) -> None:
    """Both kinds draw one or several columns over any x, as one element without script or reference."""
    drawing = svg(kind=kind, x=x, y=("n", "twice"), title="Both")
    assert drawing.startswith("<svg ")
    assert ">Both</text>" in drawing
    assert not re.search(r"<script|<image|<!--|href|url\(|@import|onload", drawing)
    assert re.findall(r"https?://[^\"\s<]+", drawing) == ["http://www.w3.org/2000/svg"]


def test_texts_are_escaped(svg: Callable[..., str]) -> None:
    """Titles, names and labels cannot become markup."""
    sql = """SELECT '<script>alert(1)</script>' AS x, 1 AS "<b>" """
    drawing = svg(sql, kind="bar", x="x", y=("<b>", "<b>"), title="<i>&")
    assert "<script" not in drawing
    assert "<b>" not in drawing
    assert "<i>" not in drawing


def test_a_missing_column_is_named(svg: Callable[..., str]) -> None:
    """The error names the chart, the column and the columns that there are."""
    with pytest.raises(
        InputError, match="chart 'n by nope': there is no column 'nope'; there are n, twice, place, day"
    ):
        svg(kind="line", x="nope", y="n")
    with pytest.raises(InputError, match="there is no column 'nope'"):
        svg(kind="line", x="n", y=("n", "nope"))


def test_a_y_that_is_no_number_is_named(svg: Callable[..., str]) -> None:
    """Only numbers have a height."""
    with pytest.raises(InputError, match="column 'place' is VARCHAR, not a number"):
        svg(kind="bar", x="n", y="place")


@pytest.mark.parametrize("kind", ["line", "bar"])
def test_gaps_and_what_is_no_number_are_left_out(svg: Callable[..., str], kind: str) -> None:
    """NULL, NaN and infinity leave a gap instead of breaking the chart."""
    sql = "SELECT * FROM (VALUES (1, 1.5::DOUBLE), (2, NULL), (NULL, 2), (3, 'nan'), (4, 'inf')) t(x, y)"
    assert "nan" not in svg(sql, kind=kind, x="x", y="y").lower().split("</style>")[-1]


def test_times_that_no_calendar_has_are_left_out(svg: Callable[..., str]) -> None:
    """Infinity is no place on a scale of time."""
    svg("SELECT unnest([TIMESTAMP '2024-01-01', 'infinity', NULL]) AS t, 1 AS y", kind="line", x="t", y="y")


def test_many_points_are_thinned_and_said(
    svg: Callable[..., str], notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chart of very many rows draws every k-th and says so."""
    monkeypatch.setitem(charts.MAX_POINTS, "line", 10)
    svg("SELECT range AS n FROM range(95)", kind="line", x="n", y="n")
    assert notes == ["chart 'n by n': every 10th of 95 rows is drawn; at most 10 are"]


def test_values_of_one_size_and_one_row_can_be_drawn(svg: Callable[..., str]) -> None:
    """A flat line and a single bar are charts, too."""
    svg("SELECT 5 AS a, 0 AS b", kind="line", x="a", y="b")
    svg("SELECT 5 AS a, 0 AS b", kind="bar", x="a", y="b")
    svg("SELECT 5 AS a, NULL::INT AS b", kind="bar", x="a", y="b")


def test_the_import_of_the_chart_library_leaves_no_trace() -> None:
    """Its finder would make every later import warn."""
    assert not [finder for finder in sys.meta_path if type(finder).__name__ == "PluginImportFixer"]


@pytest.mark.parametrize(
    ("seconds", "count", "step"),
    [(0, 1, None), (240, 5, 60), (86_400, 9, 10_800), (7 * 86_400, 8, 86_400), (10**9, 3, None)],
)
def test_times_have_round_marks(seconds: int, count: int, step: int | None) -> None:
    """A scale of time is marked at full minutes, hours and days, never at more than nine places."""
    ticks = charts._ticks(1_700_006_400.0, 1_700_006_400.0 + seconds)
    assert len(ticks) == count
    assert step is None or {after - before for before, after in itertools.pairwise(ticks)} == {step}


def test_a_line_goes_from_left_to_right(svg: Callable[..., str]) -> None:
    """Rows in any order are one line along its axis, not a tangle."""
    tangled = svg("SELECT unnest([3, 1, 2]) AS x, unnest([30, 10, 20]) AS y", kind="line", x="x", y="y")
    sorted_ = svg("SELECT unnest([1, 2, 3]) AS x, unnest([10, 20, 30]) AS y", kind="line", x="x", y="y")
    assert re.findall(r'<path d="[^"]+" class="line', tangled) == re.findall(r'<path d="[^"]+" class="line', sorted_)
