"""The set follows the list of members by one change at a time, and there is never a second one of its name."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from database.conftest import Guarded, SecuredMongod, World, eventually
from gleaner.database.members import amended

PATIENCE = "electionTimeoutMillis"


def config(*hosts: str, version: int = 1) -> dict[str, object]:
    members = [{"_id": number, "host": host} for number, host in enumerate(hosts)]
    return {"_id": "rs0", "version": version, "members": members}


def hosts_of(found: dict[str, object] | None) -> list[str]:
    return [member["host"] for member in found["members"]]


def test_what_is_right_stays() -> None:
    """No change, no new version."""
    assert amended(config("a:1", "b:1"), ["a:1", "b:1"], "a:1", lambda _host: True) is None


def test_one_member_is_added_at_a_time() -> None:
    """Members that are not there yet are waited for."""
    first = amended(config("a:1"), ["a:1", "b:1", "c:1"], "a:1", lambda _host: True)
    assert (hosts_of(first), first["version"]) == (["a:1", "b:1"], 2)
    assert hosts_of(amended(config("a:1"), ["a:1", "b:1", "c:1"], "a:1", lambda host: host == "c:1")) == ["a:1", "c:1"]
    assert amended(config("a:1"), ["a:1", "b:1"], "a:1", lambda _host: False) is None


def test_a_member_keeps_its_number_under_a_new_name() -> None:
    """A rename is neither a removal nor an addition, so no data is copied."""
    changed = amended(config("a:1", "b:1"), ["a:2", "b:2"], "b:1", lambda _host: False)
    assert hosts_of(changed) == ["a:2", "b:1"]
    assert changed["members"][0]["_id"] == 0


def test_the_primary_does_not_remove_itself() -> None:
    """It would leave the set without anybody to change it."""
    assert amended(config("a:1", "b:1"), ["a:1"], "b:1", lambda _host: True) is None
    assert hosts_of(amended(config("a:1", "b:1"), ["a:1"], "a:1", lambda _host: True)) == ["a:1"]


def test_what_others_have_set_stays() -> None:
    """Priorities, tags and settings are the operator's."""
    before = config("a:1") | {"settings": {"chainingAllowed": False}}
    before["members"][0]["priority"] = 5
    after = amended(before, ["a:1", "b:1"], "a:1", lambda _host: True)
    assert after["settings"] == before["settings"]
    assert after["members"][0]["priority"] == 5


def test_an_older_set_becomes_quicker_to_elect() -> None:
    """It waits as long as mongod does by itself: a change of its own. What somebody has set stays."""
    after = amended(config("a:1") | {"settings": {PATIENCE: 10_000}}, ["a:1", "b:1"], "a:1", lambda _host: True)
    assert (after["settings"], hosts_of(after), after["version"]) == ({PATIENCE: 5_000}, ["a:1"], 2)
    assert amended(config("a:1") | {"settings": {PATIENCE: 9_000}}, ["a:1"], "a:1", lambda _host: True) is None


names = st.lists(st.sampled_from([f"h{number}:1" for number in range(8)]), min_size=1, max_size=7, unique=True)


@given(has=names, wanted=names)
def test_it_arrives_whatever_was_there(has: list[str], wanted: list[str]) -> None:
    """Each step changes one member, never the member that acts, and after finitely many the list is as wanted."""
    own, current = has[0], config(*has)
    if own not in wanted:
        wanted = [own, *wanted]
    for _ in range(20):
        before = deepcopy(current)
        step = amended(current, wanted, own, lambda _host: True)
        assert current == before
        if step is None:
            break
        assert len(set(hosts_of(step)) ^ set(hosts_of(current))) <= 2
        assert abs(len(hosts_of(step)) - len(hosts_of(current))) <= 1
        numbers = [member["_id"] for member in step["members"]]
        assert len(set(numbers)) == len(numbers)
        assert own in hosts_of(step)
        current = step
    assert set(hosts_of(current)) == set(wanted)


def three(world: World) -> tuple[list[SecuredMongod], tuple[str, ...]]:
    servers = [world.mongod() for _ in range(3)]
    return servers, tuple(server.host for server in servers)


def start_guards(world: World, servers: list[SecuredMongod], members: tuple[str, ...]) -> list[Guarded]:
    return [world.guard(server, members=members) for server in servers]


def await_set(world: World, guards: list[Guarded]) -> None:
    """Every member is ready and may be elected: a new one counts only after it has copied everything."""
    for guarded in guards:
        guarded.await_ready()
    wanted = sorted(guards[0].plan.members)
    for server in (server for server in world.mongods if server.host in wanted):
        eventually(lambda server=server: electable(world, server) == wanted, f"{wanted} at {server.host}")


def electable(world: World, server: SecuredMongod) -> list[str]:
    with world.client(server) as client:
        return sorted(client.admin.command("hello")["hosts"])


def test_three_members_become_one_set(world: World) -> None:
    """The first one initiates it and takes the others in; users made at the primary are everywhere."""
    servers, members = three(world)
    guards = start_guards(world, servers, members)
    await_set(world, guards)
    assert len({world.identity(server) for server in servers}) == 1
    with world.client(servers[0]) as client:
        assert client.admin.command("replSetGetConfig")["config"]["settings"][PATIENCE] == 5_000


def test_a_lost_volume_comes_back_into_its_set(world: World) -> None:
    """The first member with an empty volume does not initiate a second set: it is taken back and copies the data."""
    servers, members = three(world)
    await_set(world, start_guards(world, servers, members))
    before = world.identity(servers[1])
    with world.client(servers[0]) as client:
        client.admin.command("replSetStepDown", 60, secondaryCatchUpPeriodSecs=10)
    world.guards[0].close()
    world.guards.pop(0)
    servers[0].lose_volume()
    servers[0].start()
    with capture_logs() as events:
        back = world.guard(servers[0], members=members)
        back.await_ready()
    assert "set.initiated" not in str(events)
    assert world.identity(servers[0]) == before


def test_who_cannot_ask_everybody_does_not_initiate(world: World) -> None:
    """A member that does not answer may know the set: it is waited for."""
    server, silent = world.mongod(), world.mongod(started=False)
    members = (server.host, silent.host)
    with capture_logs() as events:
        guarded = world.guard(server, members=members)
        eventually(lambda: "might know the set" in str(events), "its reason")
        assert not guarded.ready
        silent.start()
        world.guard(silent, members=members).await_ready()
        guarded.await_ready()


def test_only_the_first_member_initiates(world: World) -> None:
    """The others wait to be taken in."""
    server, absent = world.mongod(), world.mongod(started=False)
    with capture_logs() as events:
        guarded = world.guard(server, members=(absent.host, server.host))
        eventually(lambda: "waits until" in str(events), "its reason")
    assert not guarded.ready


def test_a_set_grows_from_one_to_three(world: World) -> None:
    """Guards with a longer list take the new members in; the data of the first one stays."""
    first = world.mongod()
    world.guard(first).await_ready()
    with world.client(first, "gleaner") as client:
        client.gleaner.things.insert_one({"_id": 1})
    before = world.identity(first)
    world.guards.pop().close()
    servers = [first, world.mongod(), world.mongod()]
    members = tuple(server.host for server in servers)
    await_set(world, start_guards(world, servers, members))
    assert world.identity(servers[2]) == before
    with world.client(servers[2], "gleaner", readPreference="secondaryPreferred") as client:
        assert client.gleaner.things.find_one() == {"_id": 1}


def test_a_member_that_is_wanted_no_more_leaves(world: World) -> None:
    """The primary removes it; the rest goes on."""
    servers, members = three(world)
    guards = start_guards(world, servers, members)
    await_set(world, guards)
    for guarded in guards:
        guarded.close()
    world.guards.clear()
    with world.client(servers[0]) as client:
        primary = client.admin.command("hello")["primary"]
    rest = [server for server in servers if server.host == primary] + [s for s in servers if s.host != primary]
    kept = tuple(server.host for server in rest[:2])
    await_set(world, start_guards(world, rest[:2], kept))


def test_a_member_with_a_set_of_its_own_is_not_taken_in(world: World) -> None:
    """Two sets of one name: neither is touched, and it is said."""
    first, second = world.mongod(), world.mongod()
    for server in (first, second):
        world.guard(server).await_ready()
        world.guards.pop().close()
    with capture_logs() as events:
        guarded = world.guard(first, members=(first.host, second.host))
        guarded.await_word("members", "waiting")
        eventually(lambda: "a set of its own" in str(events), "its reason")
    assert guarded.ready
    assert world.identity(first) != world.identity(second)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_a_lone_member_follows_a_new_address(world: World, name: str) -> None:
    """In another namespace, or with an old copy of the data, the set's configuration does not know its host."""
    server = world.mongod()
    world.guard(server).await_ready()
    before = world.identity(server)
    world.guards.pop().close()
    server.stop()
    fresh = world.mongod(started=False)
    server.port = fresh.port
    server.start()
    member = f"{name}:{server.port}"
    world.guard(server, member=member, members=(member,)).await_ready()
    assert world.identity(server) == before
    with world.client(server) as client:
        assert client.admin.command("hello")["hosts"] == [member]


def test_a_list_in_a_file_counts_for_guards_that_run(world: World) -> None:
    """A set grows without a restart of the guard that has to take the others in; a mistake in the list is told."""
    servers, listed = [world.mongod(), world.mongod()], world.folder / "members"
    listed.write_text(f"{servers[0].host}\n", encoding="utf-8")
    first = world.guard(servers[0], members_file=listed)
    first.await_ready()
    second = world.guard(servers[1], members_file=listed)
    listed.write_text("nonsense\n", encoding="utf-8")
    first.await_word("members", "waiting")
    assert first.ready
    listed.write_text(f"{servers[0].host}\n{servers[1].host}\n", encoding="utf-8")
    second.await_ready()
    eventually(lambda: electable(world, servers[0]) == sorted(server.host for server in servers), "both")
