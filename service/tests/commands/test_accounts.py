"""`account` writes what the server reads."""

import io
import os
import sys
from pathlib import Path

import pytest

from commands.conftest import Home
from gleaner.commands import accounts
from gleaner.running.context import opened_store
from gleaner.settings import read_settings
from gleaner.web.accounts.file import read_accounts
from gleaner.web.accounts.tokens import find_token

PASSWORD = "a long sentence that nobody guesses"


@pytest.fixture
def file(home: Home, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLEANER_ACCOUNTS", str(home.folder / "accounts.yaml"))
    return home.folder / "accounts.yaml"


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """On standard input, which is no terminal."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_it_works(home: Home, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person is added, listed, given another role and password, and removed."""
    typed(monkeypatch, f"{PASSWORD}\n")
    assert "ada may log in as viewer" in home("account", "add", "ada", "--role", "viewer")
    assert read_accounts(file).hashes["ada"].fits(PASSWORD)
    assert home.json("account", "list") == {"accounts": [{"kind": "user", "name": "ada", "role": "viewer"}]}
    typed(monkeypatch, "another long sentence")
    home("account", "add", "ada", "--role", "operator")
    assert read_accounts(file).users["ada"].role == "operator"
    assert not read_accounts(file).hashes["ada"].fits(PASSWORD)
    home("account", "remove", "ada")
    assert not read_accounts(file).users
    assert "Nobody yet" in home("account", "list")


def test_a_new_key(home: Home) -> None:
    """It is made without being shown; the one before it stays, unless it is in wrong hands."""
    with opened_store(read_settings(os.environ)) as store:
        assert "Those that stand go on" in home("account", "new-key")
        first = store.get_entry("key", "session")
        home("account", "new-key")
        second = store.get_entry("key", "session")
        assert second.split()[1:] == first.split()
        assert "log in again" in home("account", "new-key", "--at-once")
        assert not set(store.get_entry("key", "session").split()) & set(second.split())


def test_a_token_is_shown_once(home: Home, file: Path) -> None:
    """On standard output alone, so that a script can take it; the file holds its hash."""
    token = home("account", "token", "ci", "--role", "viewer").strip()
    assert token not in home.error
    assert token not in file.read_text()
    found = find_token(read_accounts(file), f"Bearer {token}")
    assert found
    assert found.role == "viewer"
    assert token not in home("account", "list")
    assert "has a token ci already" in home.error + refused(home, "account", "token", "ci", "--role", "operator")
    assert home.json("account", "token", "other", "--role", "operator")["token"].startswith("gleaner_")


def refused(home: Home, *arguments: str) -> str:
    home(*arguments, expect=2)
    return home.error


def test_the_file_may_be_named(home: Home, tmp_path: Path) -> None:
    """Before or after the step's name."""
    home("account", "token", "ci", "--role", "viewer", "--file", str(tmp_path / "a.yaml"))
    assert "ci" in home("account", "list", "--file", str(tmp_path / "a.yaml"))


def test_which_file(home: Home) -> None:
    """Without one the message says how to name it."""
    assert "GLEANER_ACCOUNTS" in refused(home, "account", "list")


@pytest.mark.parametrize("name", ["", "a b", "../ada", "-ada", "a" * 65, "ada\n"])
def test_names_that_nobody_can_have(home: Home, file: Path, name: str) -> None:
    """Nothing is written."""
    assert "is not a name" in refused(home, "account", "token", "--role", "viewer", "--", name)
    assert not file.exists()


@pytest.mark.parametrize("text", ["", "\n", "short\n"])
def test_passwords_that_are_too_short(home: Home, file: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Twelve characters at least; nothing is written."""
    typed(monkeypatch, text)
    assert "at least 12 characters" in refused(home, "account", "add", "ada", "--role", "viewer")
    assert not file.exists()


def test_on_a_terminal_it_is_asked_twice(home: Home, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who mistypes notices, and nothing is shown."""
    monkeypatch.setattr(sys, "stdin", type("Terminal", (io.StringIO,), {"isatty": lambda _: True})())
    answers = [PASSWORD, PASSWORD, PASSWORD, "something else"]
    monkeypatch.setattr(accounts.getpass, "getpass", lambda _: answers.pop(0))
    home("account", "add", "ada", "--role", "viewer")
    assert read_accounts(file).hashes["ada"].fits(PASSWORD)
    assert "differ" in refused(home, "account", "add", "bob", "--role", "viewer")
    assert "bob" not in read_accounts(file).users


def test_a_password_is_no_argument(home: Home, file: Path) -> None:
    """Arguments are seen by everybody on the machine."""
    with pytest.raises(SystemExit):
        home("account", "add", "ada", PASSWORD, "--role", "viewer")


def test_a_broken_file_is_left_alone(home: Home, file: Path) -> None:
    """What a person wrote by hand is not overwritten because of a mistake in it."""
    file.write_text("users: {ada: operator}")
    assert "accounts.yaml" in refused(home, "account", "token", "ci", "--role", "viewer")
    assert file.read_text() == "users: {ada: operator}"


def test_who_is_not_there(home: Home, file: Path) -> None:
    """Removing somebody who is not there is a mistake, not a success."""
    home("account", "token", "ci", "--role", "viewer")
    assert "neither a user nor a token 'cj'" in refused(home, "account", "remove", "cj")


def test_a_folder_that_is_not_there(home: Home, tmp_path: Path) -> None:
    """In one clear sentence."""
    missing = str(tmp_path / "no" / "a.yaml")
    assert "there is no folder" in refused(home, "account", "token", "ci", "--role", "viewer", "--file", missing)


def test_check_looks_at_it(home: Home, file: Path) -> None:
    """A mistake is found before the server is started."""
    home("account", "token", "ci", "--role", "viewer")
    assert "0 people, 1 tokens" in home("check")
    file.write_text("users: 5")
    assert "BAD  accounts: accounts: " in home("check", expect=1)
