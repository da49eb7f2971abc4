"""Which names are this machine without anybody being asked."""

from pathlib import Path

import pytest

from trial.names import is_local, names_in


@pytest.mark.parametrize("name", ["gleaner.localhost", "Gleaner.LOCALHOST.", b"a.b.localhost"])
def test_it_works(name: str | bytes) -> None:
    """Every name below `.localhost`, however it is written."""
    assert is_local(name)


@pytest.mark.parametrize("name", ["localhost", "localhost.example.com", "notlocalhost", "127.0.0.1", None])
def test_other_names_are_asked_for(name: str | None) -> None:
    """`localhost` too: each resolver knows it."""
    assert not is_local(name)


def test_what_is_written_down_is_where_that_says(tmp_path: Path) -> None:
    """A name in the hosts file is left to the resolver, which reads that file; a comment names nothing."""
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n10.96.0.9\tGleaner.localhost other # quiet.localhost\n")
    written = names_in(hosts)
    assert not is_local("gleaner.localhost", written)
    assert is_local("quiet.localhost", written)
    assert names_in(tmp_path / "none") == frozenset()
