import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gleaner.errors import InputError
from gleaner.web.accounts.file import Listed, write_listed
from gleaner.web.accounts.watch import LOOK_SECONDS, WatchedAccounts


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path, listed: Listed) -> Path:
    write_listed(tmp_path / "accounts.yaml", listed)
    return tmp_path / "accounts.yaml"


def test_without_a_file_there_is_nobody() -> None:
    """No setting, no accounts, no trouble."""
    assert not WatchedAccounts(None).now().users


@pytest.mark.parametrize("text", [None, "users: 5"])
def test_at_the_start_the_file_must_be_good(tmp_path: Path, text: str | None) -> None:
    """A server that would let nobody in, or the wrong people, does not start."""
    path = tmp_path / "accounts.yaml"
    if text:
        path.write_text(text)
    with pytest.raises(InputError, match=r"accounts\.yaml"):
        WatchedAccounts(path)


def test_a_change_counts_within_a_second(path: Path, listed: Listed, clock: Clock) -> None:
    """Who is removed is gone after the next look."""
    watched = WatchedAccounts(path, clock)
    assert "victor" in watched.now().users
    write_listed(path, Listed(users=listed.users[:1]))
    clock.now += LOOK_SECONDS
    assert "victor" not in watched.now().users


def test_it_looks_once_a_second_at_most(path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand requests a second cost one look at the file."""
    watched, looks = WatchedAccounts(path, clock), []
    monkeypatch.setattr(watched, "_look", looks.append)
    for _ in range(1000):
        watched.now()
    assert not looks
    clock.now += LOOK_SECONDS
    for _ in range(1000):
        watched.now()
    assert len(looks) == 1


@pytest.mark.parametrize("text", ["users: 5", "{", ""])
def test_a_broken_file_changes_nothing(path: Path, listed: Listed, clock: Clock, text: str) -> None:
    """The last good content counts, the log and `problem` say what is wrong, and the next good file ends that."""
    watched = WatchedAccounts(path, clock)
    path.write_text(text)
    clock.now += LOOK_SECONDS
    with capture_logs() as lines:
        accounts = watched.now()
    assert "olga" in accounts.users
    assert str(path) in watched.problem
    assert [line["log_level"] for line in lines] == ["error"]
    write_listed(path, listed)
    clock.now += LOOK_SECONDS
    assert "olga" in watched.now().users
    assert not watched.problem


def test_a_file_that_vanished_changes_nothing(path: Path, clock: Clock) -> None:
    """While a volume is gone, people can go on."""
    watched = WatchedAccounts(path, clock)
    path.unlink()
    clock.now += LOOK_SECONDS
    assert "olga" in watched.now().users
    assert "No such file" in watched.problem


def test_a_mounted_secret_is_swapped_by_a_link(tmp_path: Path, listed: Listed, clock: Clock) -> None:
    """Kubernetes changes where `..data` leads; the path itself stays the link that it was."""
    for name, content in (("1", listed), ("2", Listed(users=listed.users[:1]))):
        (tmp_path / name).mkdir()
        write_listed(tmp_path / name / "accounts.yaml", content)
        os.utime(tmp_path / name / "accounts.yaml", ns=(0, 0))
    (tmp_path / "..data").symlink_to("1")
    (tmp_path / "accounts.yaml").symlink_to("..data/accounts.yaml")
    watched = WatchedAccounts(tmp_path / "accounts.yaml", clock)
    assert "victor" in watched.now().users
    (tmp_path / "next").symlink_to("2")
    (tmp_path / "next").replace(tmp_path / "..data")
    clock.now += LOOK_SECONDS
    assert "victor" not in watched.now().users
