import pytest

from gleaner.reporting.guard import guarded


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "=cmd|'/C calc'!A0",
        "+1+1",
        "-1+cmd",
        "@SUM(A1)",
        "\tx",
        "\r=1",
        "\n=1",
        "-",
        "+",
        "-a",
        "+49-421",
        "--1",
    ],
)
def test_text_that_would_be_run_begins_with_an_apostrophe(text: str) -> None:
    """Whatever a spreadsheet takes for a formula is made text."""
    assert guarded(text) == "'" + text


@pytest.mark.parametrize(
    "text", ["", "x", "1=1", " =1", "-5", "+5", "-5.25", "+49 421", "-1,234.5", "-1e-7", "-3%", "'=1", "0012"]
)
def test_plain_text_and_signed_numbers_stay(text: str) -> None:
    """Amounts and telephone numbers are not spoilt."""
    assert guarded(text) == text
