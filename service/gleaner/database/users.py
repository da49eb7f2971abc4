"""The users of the Secret, with the rights that they need and no more."""

import time
from collections.abc import Callable
from typing import Any

import structlog
from pymongo.errors import OperationFailure

from gleaner.database.credentials import Credentials, User
from gleaner.database.mongod import REFUSED, Client, Document, connect
from gleaner.database.plan import GUARD, Hindered, Plan

FORMER_SECONDS = 3600.0  # so long a user whose name has changed goes on, for clients that do not know the new one yet
_USER_EXISTS = 51003
_KEPT = {"keeper": GUARD}  # on users that the guard made: it may remove them as well
_CONFIRMED = {"w": "majority", "wtimeout": 8_000}
_events = structlog.get_logger("gleaner.guard")


def make_first(plan: Plan, guard: User) -> None:
    """As long as there is no user at all, loopback may make one; that ends the exception."""
    with connect(plan.local, plan.ca) as client:
        try:
            _create(client, guard)
        except OperationFailure as error:
            if error.code in {*REFUSED, _USER_EXISTS}:
                raise Hindered("users", "mongod has users, and none of them is in the mounted Secret") from None
            raise


def apply(client: Client, credentials: Credentials, lets_in: Callable[[User], bool]) -> None:
    """Make, change and remove until the users are as the Secret says. `lets_in` tries a log-in."""
    for user in credentials.wanted:
        found = client[user.database].command("usersInfo", user.name)["users"]
        if not found:
            _create(client, user)
        else:
            _correct(client, user, found[0], lets_in)
    _remove_former(client, credentials)


def _create(client: Client, user: User) -> None:
    _command(client, user, "createUser", pwd=user.password, roles=_roles(user), customData=_KEPT)
    _events.info("user.made", user=user.name, database=user.database)


def _correct(client: Client, user: User, found: Document, lets_in: Callable[[User], bool]) -> None:
    if {(role["role"], role["db"]) for role in found["roles"]} != set(user.roles):
        _command(client, user, "updateUser", roles=_roles(user))
        _events.info("user.rights_changed", user=user.name, database=user.database)
    if "former_since" in (found.get("customData") or {}):  # the name came back
        _command(client, user, "updateUser", customData=_KEPT)
    if not lets_in(user):
        _command(client, user, "updateUser", pwd=user.password)
        _events.info("user.password_changed", user=user.name, database=user.database)


def _remove_former(client: Client, credentials: Credentials) -> None:
    """A user whose name in the Secret has changed goes when its clients have had time to take the new one."""
    wanted = {(user.name, user.database) for user in credentials.wanted}
    for found in client.admin.command("usersInfo", {"forAllDBs": True})["users"]:
        kept = found.get("customData") or {}
        if kept.get("keeper") != GUARD or (found["user"], found["db"]) in wanted:
            continue
        former = User(found["user"], "", found["db"], ())
        if "former_since" not in kept:
            _command(client, former, "updateUser", customData=_KEPT | {"former_since": time.time()})
            _events.info("user.former", user=former.name, database=former.database, removed_in=FORMER_SECONDS)
        elif time.time() - kept["former_since"] >= FORMER_SECONDS:
            _command(client, former, "dropUser")
            _events.info("user.removed", user=former.name, database=former.database)


def _command(client: Client, user: User, command: str, **options: Any) -> None:
    client[user.database].command(command, user.name, **options, writeConcern=_CONFIRMED)


def _roles(user: User) -> list[Document]:
    return [{"role": role, "db": database} for role, database in user.roles]
