import base64
import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gleaner.web.accounts.passwords import Hash

CHEAP = Hash.parse(
    "scrypt$n=16384,r=8,p=1$UKdTtGQdEtQ0S5LKuR6DjA$PDXOatPeHeO4cAwDbuK8TO68+gTYqXBOOyi2cVG2Xr8"
)  # of "secret of the test"


def test_it_works() -> None:
    """A hash fits its password and no other, also after it was written and read."""
    read = Hash.parse(CHEAP.text)
    assert read == CHEAP
    assert read.fits("secret of the test")
    assert not read.fits("secret of the tests")
    assert not read.fits("")


def test_the_same_password_has_many_hashes() -> None:
    """A salt of its own for each, so that nobody sees that two people chose alike."""
    assert Hash.make("secret of the test", p=1).text != CHEAP.text


def test_the_defaults_are_what_owasp_names() -> None:
    """16 MiB and five rounds, as its cheat sheet on password storage says."""
    made = Hash.make("x")
    assert (made.n, made.r, made.p, len(made.salt), len(made.digest)) == (2**14, 8, 5, 16, 32)


def test_an_accent_is_an_accent() -> None:
    """Systems differ in how a keyboard's é arrives; the password is the same."""
    assert Hash.make("caf\u00e9 au lait", p=1).fits("cafe\u0301 au lait")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2",
        CHEAP.text.replace("n=16384", "n=16383"),
        CHEAP.text.replace("n=16384", "n=1024"),
        CHEAP.text.replace("n=16384", "n=2097152"),
        CHEAP.text.replace("p=1", "p=0"),
        CHEAP.text.replace("p=1", "p=99"),
        CHEAP.text.replace("r=8", "r=1"),
        CHEAP.text.replace("scrypt", "md5"),
        CHEAP.text + "\n",
        CHEAP.text.rpartition("$")[0] + "$",
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    """What is no hash, is too weak, or would take a host's memory is refused without quoting it."""
    with pytest.raises(ValueError, match=r"scrypt|power of two") as raised:
        Hash.parse(text)
    assert base64.b64encode(CHEAP.digest).decode().rstrip("=") not in str(raised.value)


@given(st.text(max_size=120))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing that stands in a file gets out as another exception."""
    with contextlib.suppress(ValueError):
        Hash.parse(text)


@settings(max_examples=5, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_password_can_be_checked(password: str) -> None:
    """Zero bytes, emptiness and all alphabets."""
    started = time.monotonic()
    CHEAP.fits(password)
    assert time.monotonic() - started < 5
