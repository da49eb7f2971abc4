import pytest
from hypothesis import given
from hypothesis import strategies as st

from gleaner.errors import InputError
from gleaner.web.cursors import decode_cursor, encode_cursor

places = st.tuples(st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text()), st.text())
KIND = tuple[bool | int | str | None, str]


@given(places, st.text())
def test_a_cursor_leads_back(place: tuple[object, str], question: str) -> None:
    """What went in comes out, for the same question."""
    assert decode_cursor(encode_cursor(place, question), question, KIND) == place


@given(places, st.text(), st.data())
def test_a_changed_cursor_is_refused(place: tuple[object, str], question: str, data: st.DataObject) -> None:
    """Whichever character is another one, and wherever it is cut."""
    cursor = encode_cursor(place, question)
    index = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.characters().filter(lambda char: char != cursor[index]))
    for changed in (cursor[:index] + other + cursor[index + 1 :], cursor[:index], cursor + other):
        with pytest.raises(InputError):
            decode_cursor(changed, question, KIND)


@given(st.text())
def test_any_text_is_refused(text: str) -> None:
    """What was never given out is a mistake, and no error of ours."""
    with pytest.raises(InputError):
        decode_cursor(text, "q", KIND)


def test_another_question_is_refused() -> None:
    """A place means nothing in another list."""
    with pytest.raises(InputError, match="leave it out"):
        decode_cursor(encode_cursor(("a", "b"), ["q", 1]), ["q", 2], KIND)


def test_a_place_has_its_type() -> None:
    """Even one that was forged with the right checksum holds nothing that a database would choke on."""
    with pytest.raises(InputError):
        decode_cursor(encode_cursor(({"$gt": ""}, "b"), "q"), "q", KIND)
