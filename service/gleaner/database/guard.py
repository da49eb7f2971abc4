"""The guard's loop: look at the mongod beside it, do what is due, remember how things stand for the probes."""

import threading
import time
from collections.abc import Mapping

import structlog
from msgspec.structs import replace
from pymongo.errors import PyMongoError

from gleaner.database import certificate, members, note, users
from gleaner.database.credentials import Credentials, User, read_credentials
from gleaner.database.mongod import Client, Document, hello, logged_in
from gleaner.database.observing import STALE_SECONDS, Observer
from gleaner.database.plan import Hindered, Plan
from gleaner.errors import InputError
from gleaner.ops.heartbeat import Heartbeat
from gleaner.ops.metrics import metrics
from gleaner.ops.probes import live
from gleaner.ops.server import Reply, Route, json_reply
from gleaner.telemetry.metrics import process
from gleaner.telemetry.redact import redact

STUCK_SECONDS = 120.0  # each of a turn's questions is bounded (see `mongod`), and the first without answer ends it
PAUSE_SECONDS = 2.0
LONGEST_PAUSE = 15.0  # while something hinders it
VERIFY_SECONDS = 300.0  # between looks at users that have not changed in the Secret
SETTLED_SECONDS = 5.0  # so long must the others say that they know no set: one that just starts says so, too
NEEDED = ("mongod", "set", "users")  # for readiness; a later mistake in the Secret must not cut off a good database

_events = structlog.get_logger("gleaner.guard")


class Guard:
    """One thread calls `work`; the routes may be asked from any."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._client: Client | None = None
        self._applied: tuple[Credentials, float] | None = None
        self._fresh_since: float | None = None
        self._heartbeat = Heartbeat(STUCK_SECONDS)
        self._parts: Mapping[str, str] = {}
        self._reason = ""
        self._users_known = False
        self._looked_at = time.monotonic()
        self._observer = Observer(plan.database, lambda: self._known().get("mongod") == "ready")
        process.tell_build()
        process.HEARTBEAT_AGE.watch(lambda: {(): self._heartbeat.age})
        process.DEPENDENCY_UP.watch(lambda: {(part,): word == "ready" for part, word in self._known().items()})

    @property
    def routes(self) -> dict[str, Route]:
        return {"/livez": lambda _accepts: live(self._heartbeat), "/readyz": self._ready, "/metrics": metrics}

    def _ready(self, _accepts: str) -> Reply:
        """Answered from memory: however often it is asked, mongod does not notice."""
        parts = self._known()
        ready = all(parts.get(part) == "ready" for part in NEEDED)
        found = {part: {"state": word} for part, word in parts.items()}
        return json_reply(200 if ready else 503, {"status": "ready" if ready else "unready", "dependencies": found})

    def _known(self) -> dict[str, str]:
        parts = dict(self._parts)
        if time.monotonic() - self._looked_at > STALE_SECONDS:
            parts["mongod"] = "unknown"
        return parts

    def work(self, stop: threading.Event) -> None:
        pause = PAUSE_SECONDS
        while not stop.is_set():
            self._heartbeat.beat()
            done = self._turn()
            pause = PAUSE_SECONDS if done else min(pause * 1.5, LONGEST_PAUSE)
            stop.wait(pause)
        self._forget_client()

    def _turn(self) -> bool:
        """Whether everything is as it should be."""
        parts = {"mongod": "waiting", "set": "waiting", "users": "ready" if self._users_known else "waiting"}
        try:
            reason = self._see_to_all(parts)
            self._observer.look(self._client)
        except PyMongoError as error:
            self._forget_client()
            reason, parts["mongod"] = redact(str(error))[:300], "waiting"
        self._remember(parts, reason)
        return not reason

    def _see_to_all(self, parts: dict[str, str]) -> str:
        """What hinders it, in words."""
        try:
            self._see_to(parts)
        except Hindered as hindered:
            parts[hindered.part] = "waiting"
            return str(hindered)
        except InputError as error:
            parts["credentials"] = "waiting"
            return str(error)
        return ""

    def _remember(self, parts: Mapping[str, str], reason: str) -> None:
        if (parts, reason) != (self._parts, self._reason):
            waiting = [part for part, word in parts.items() if word != "ready"]
            _events.info("guard.waiting" if reason else "guard.ready", reason=reason or None, waiting=waiting)
        self._parts, self._reason, self._looked_at = parts, reason, time.monotonic()

    def _see_to(self, parts: dict[str, str]) -> None:
        """Each step needs the ones before it."""
        answer = hello(self._plan.local, self._plan.ca)
        if answer is None:
            self._forget_client()
            raise Hindered("mongod", "does not answer")
        parts["mongod"] = "ready"
        if answer.get("isWritablePrimary") or answer.get("secondary"):
            parts["set"] = "ready"
        plan = self._plan = self._read_plan()
        credentials = read_credentials(plan)
        client = self._client = self._client or self._log_in(credentials) or self._begin(answer, credentials)
        config = members.configuration(client)
        note.check_same(plan.note, str(config["settings"]["replicaSetId"]))
        if not answer.get("setName"):
            members.take_in(client, config, plan)
            raise Hindered("set", "was configured again")
        if parts["set"] != "ready":
            raise Hindered("set", "this member is neither primary nor secondary")
        if answer.get("isWritablePrimary"):
            self._apply_users(client, credentials)
        self._users_known = True
        parts["users"] = "ready"
        if answer.get("isWritablePrimary"):
            members.follow(client, config, plan)
        if certificate.renew(client, plan):
            self._forget_client()  # the next one also reads the authority's certificate again

    def _read_plan(self) -> Plan:
        if self._plan.members_file is None:
            return self._plan
        try:
            return replace(self._plan, members=members.read_members(self._plan.members_file))
        except InputError as error:
            raise Hindered("members", str(error)) from None

    def _log_in(self, credentials: Credentials) -> Client | None:
        """As the guard; or as the admin, where somebody else made the users, or the key is a new one."""
        logins = (logged_in(self._plan.local, self._plan.ca, user) for user in (*credentials.guards, credentials.admin))
        return next((client for client in logins if client), None)

    def _begin(self, answer: Document, credentials: Credentials) -> Client:
        """Nobody is let in: nothing is there yet, or the Secret is wrong."""
        plan = self._plan
        if not answer.get("setName"):
            self._initiate()
        elif answer.get("isWritablePrimary"):
            users.make_first(plan, credentials.guards[0])
            client = logged_in(plan.local, plan.ca, credentials.guards[0])
            if client:
                return client
        elif answer.get("secondary"):
            raise Hindered("users", "mongod lets in none of the users in the mounted Secret")
        raise Hindered("set", "waits for a primary")

    def _initiate(self) -> None:
        plan = self._plan
        if plan.member != plan.members[0]:
            raise Hindered("set", f"waits until {plan.members[0]} takes this member in")
        note.check_fresh(plan.note)
        if not members.nobody_knows_a_set(plan):
            self._fresh_since = None
            raise Hindered("set", "another member knows it already; waits until it takes this one back")
        now = time.monotonic()
        self._fresh_since = self._fresh_since or now
        if plan.others and now - self._fresh_since < SETTLED_SECONDS:
            raise Hindered("set", "makes sure that nobody knows it")
        members.initiate(plan)

    def _apply_users(self, client: Client, credentials: Credentials) -> None:
        if self._applied:
            applied, at = self._applied
            if applied == credentials and time.monotonic() - at < VERIFY_SECONDS:
                return
        users.apply(client, credentials, self._lets_in)
        self._applied = credentials, time.monotonic()

    def _lets_in(self, user: User) -> bool:
        client = logged_in(self._plan.local, self._plan.ca, user)
        if client:
            client.close()
        return client is not None

    def _forget_client(self) -> None:
        if self._client:
            self._client.close()
        self._client = None
        self._observer.forget()
