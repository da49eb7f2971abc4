"""The mounted Secret, read and refused."""

from pathlib import Path

import pytest

from database.conftest import SECRET
from gleaner.database.credentials import keys, read_credentials
from gleaner.database.plan import GUARD, Plan
from gleaner.errors import InputError


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    for name, value in SECRET.items():
        (tmp_path / name).write_text(f"{value}\n", encoding="utf-8")
    host = "mongodb-0.mongodb-members:27017"
    return Plan(set_name="rs0", member=host, members=(host,), credentials=tmp_path, database="gleaner")


def test_it_works(plan: Plan) -> None:
    """Every user has the rights of its purpose and no others; white space around a value does not count."""
    users = {user.name: user for user in read_credentials(plan).wanted}
    assert {name: set(user.roles) for name, user in users.items()} == {
        GUARD: {
            *(("userAdminAnyDatabase", "admin"), ("clusterManager", "admin")),
            *(("hostManager", "admin"), ("clusterMonitor", "admin")),
        },
        "admin": {("root", "admin")},
        "gleaner": {("readWrite", "gleaner")},
        "reader": {("read", "gleaner")},
        "exporter": {("clusterMonitor", "admin"), ("read", "local")},
        "backup": {("backup", "admin")},
    }
    assert users["gleaner"].password == SECRET["password"]
    assert users["gleaner"].database == users["reader"].database == "gleaner"


@pytest.mark.parametrize("name", SECRET)
def test_a_file_that_is_missing_or_empty_is_named(plan: Plan, name: str) -> None:
    """The message says which file, so that it can be mended."""
    (plan.credentials / name).write_text(" \n", encoding="utf-8")
    with pytest.raises(InputError, match=f"/{name} is empty"):
        read_credentials(plan)
    (plan.credentials / name).unlink()
    with pytest.raises(InputError, match=f"cannot read .*/{name}: "):
        read_credentials(plan)


def test_a_file_that_is_no_text_is_named_and_not_shown(plan: Plan) -> None:
    """What is in it stays unseen."""
    (plan.credentials / "password").write_bytes(b"half\xff")
    with pytest.raises(InputError, match=r"/password: it is not UTF-8 text$"):
        read_credentials(plan)


@pytest.mark.parametrize("name", ["admin", GUARD])
def test_two_users_cannot_have_one_name(plan: Plan, name: str) -> None:
    """One would have the other's rights and password by turns."""
    (plan.credentials / "username").write_text(name, encoding="utf-8")
    with pytest.raises(InputError, match=f"two users are named '{name}'"):
        read_credentials(plan)


def test_the_guard_has_a_password_for_each_key(plan: Plan) -> None:
    """They follow from key and set, and tell neither."""
    (plan.credentials / "keyfile").write_text("- Zmlyc3Q=\n- c2Vjb25k\n", encoding="utf-8")
    first, second = read_credentials(plan).guards
    assert len({first.password, second.password}) == 2
    (plan.credentials / "keyfile").write_text("Zmly\nc3Q=", encoding="utf-8")
    assert read_credentials(plan).guards == (first,)
    assert "Zmlyc3Q" not in first.password


@pytest.mark.parametrize(
    ("text", "found"), [("abc", ["abc"]), ("ab\ncd \n", ["abcd"]), ("- ab\n- cd\n  ef", ["ab", "cdef"])]
)
def test_a_key_file_may_hold_several_keys(text: str, found: list[str]) -> None:
    """As mongod reads it: a list while one key replaces another."""
    assert keys(text) == found
