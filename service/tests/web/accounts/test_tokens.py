import pytest

from gleaner.web.accounts.file import Accounts, Token
from gleaner.web.accounts.tokens import find_token, hash_token, new_token


def test_it_works() -> None:
    """A token opens what its hash stands for."""
    token = new_token()
    listed = Token("ci", "viewer", hash_token(token).hex())
    accounts = Accounts(tokens={hash_token(token): listed})
    assert find_token(accounts, f"Bearer {token}") == listed
    assert find_token(accounts, f"bearer {token}") == listed
    for wrong in (
        token,
        f"Bearer {token}x",
        f"Bearer x{token}",
        f"Basic {token}",
        "Bearer",
        "",
        f"Bearer {'x' * 9999}",
    ):
        assert find_token(accounts, wrong) is None


def test_tokens_cannot_be_guessed() -> None:
    """256 random bits each, and a beginning that scanners for leaks can look for."""
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(token.startswith("gleaner_") and len(token) == 8 + 43 for token in tokens)


def test_the_hash_itself_opens_nothing() -> None:
    """Whoever reads the file can be nobody."""
    token = new_token()
    accounts = Accounts(tokens={hash_token(token): Token("ci", "viewer", hash_token(token).hex())})
    assert find_token(accounts, f"Bearer {hash_token(token).hex()}") is None


@pytest.mark.parametrize("length", [513, 100_000])
def test_long_headers_are_not_hashed(length: int) -> None:
    """No token is that long."""
    token = "x" * length
    accounts = Accounts(tokens={hash_token(token): Token("ci", "viewer", hash_token(token).hex())})
    assert find_token(accounts, f"Bearer {token}") is None
