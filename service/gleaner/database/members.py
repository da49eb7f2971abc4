"""Who belongs to the replica set: it is made once, and then follows the list of members by one change at a time."""

import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path

import structlog
from pymongo.errors import OperationFailure

from gleaner.database.credentials import read_text
from gleaner.database.mongod import UNAUTHORIZED, Client, Document, connect, hello
from gleaner.database.plan import Hindered, Plan
from gleaner.errors import InputError

_ALREADY_INITIALIZED, _NOT_YET_INITIALIZED = 23, 94
_PATIENCE = "electionTimeoutMillis"  # how long the others wait for a silent primary before they elect a new one
_PATIENCE_OF_MONGOD = 10_000  # nobody has set it
_PATIENCE_OF_OURS = 5_000  # with all that an election takes, a lost primary is replaced within ten seconds
_HOST = re.compile(r"[^\s:,]+:\d{1,5}")
_events = structlog.get_logger("gleaner.guard")


def read_members(file: Path) -> tuple[str, ...]:
    """HOST:PORT of all members, one a line. Raises InputError."""
    hosts = tuple(read_text(file).split())
    if wrong := [host for host in hosts if not _HOST.fullmatch(host)]:
        raise InputError(f"{file}: {wrong[0]!r} is not HOST:PORT")
    return hosts


def initiate(plan: Plan) -> None:
    """Make the set, with this member alone. The caller has made sure that nobody knows one."""
    members, settings = [{"_id": 0, "host": plan.member}], {_PATIENCE: _PATIENCE_OF_OURS}
    config = {"_id": plan.set_name, "members": members, "settings": settings}
    with connect(plan.local, plan.ca) as client:
        try:
            client.admin.command("replSetInitiate", config)
        except OperationFailure as error:
            if error.code == UNAUTHORIZED:
                raise Hindered("users", "mongod has users, and none of them is in the mounted Secret") from None
            if error.code != _ALREADY_INITIALIZED:
                raise Hindered("set", f"cannot be initiated: {error.details and error.details['errmsg']}") from None
        else:
            _events.info("set.initiated", set=plan.set_name, member=plan.member)


def configuration(client: Client) -> Document:
    try:
        found: Document = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code == _NOT_YET_INITIALIZED:
            raise Hindered("set", "mongod holds users but belongs to no set; it was not made by a guard") from None
        raise
    return found


def nobody_knows_a_set(plan: Plan) -> bool:
    """Raises Hindered when another member does not answer: then nobody can tell."""
    for other in plan.others:
        answer = hello(other, plan.ca)
        if answer is None:
            raise Hindered("set", f"{other} does not answer, and might know the set")
        if answer.get("setName"):
            return False
    return True


def follow(client: Client, config: Document, plan: Plan) -> None:
    """Only the primary may do this. One change at a time is what keeps a majority in common."""
    changed = amended(config, plan.members, plan.member, lambda host: _joinable(host, plan))
    if changed:
        _reconfigure(client, changed, force=False)


def take_in(client: Client, config: Document, plan: Plan) -> None:
    """The set's configuration does not know this member: its host name has changed. Only the first one may act."""
    if plan.member != plan.members[0] or not nobody_knows_a_set(plan):
        raise Hindered("set", "waits until the set takes this member in")
    changed = config | {"version": config["version"] + 1}  # the same names again, when only their addresses are new
    while further := amended(changed, plan.members, plan.member, lambda _host: False):
        changed = further
    _reconfigure(client, changed, force=True)


def _reconfigure(client: Client, config: Document, *, force: bool) -> None:
    hosts = [member["host"] for member in config["members"]]
    try:
        client.admin.command("replSetReconfig", config, force=force)
    except OperationFailure as error:
        raise Hindered("members", f"cannot become {hosts}: {error.details and error.details['errmsg']}") from None
    _events.info("set.reconfigured", hosts=hosts, forced=force)


def _joinable(host: str, plan: Plan) -> bool:
    """It answers and belongs to no set. One that belongs to a set would be a second one of this name."""
    answer = hello(host, plan.ca)
    if answer and answer.get("setName"):
        raise Hindered("members", f"{host} belongs to a set of its own; empty its volume, and it is taken in")
    return answer is not None


def amended(config: Document, wanted: Sequence[str], own: str, joinable: Callable[[str], bool]) -> Document | None:
    """The configuration with the first change that is due; None when it is as it should be.

    A member keeps its number, which is also its place in the list: under that number a new host name is a rename.
    """
    changed = deepcopy(config)
    members: list[Document] = changed["members"]
    changed["version"] += 1
    if changed.get("settings", {}).get(_PATIENCE) == _PATIENCE_OF_MONGOD:
        changed["settings"][_PATIENCE] = _PATIENCE_OF_OURS
        return changed
    known = {member["host"] for member in members}
    for member in members:
        number = member["_id"]
        if member["host"] in wanted:
            continue
        if number < len(wanted) and wanted[number] not in known:
            member["host"] = wanted[number]
            return changed
        if member["host"] != own:
            members.remove(member)
            return changed
    numbers = {member["_id"] for member in members}
    for place, host in enumerate(wanted):
        if host not in known and joinable(host):
            members.append({"_id": place if place not in numbers else max(numbers) + 1, "host": host})
            return changed
    return None
