"""A guard's world: secured mongod processes on loopback, their mounted Secret, and guards beside them."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pymongo
import pytest

from gleaner.database import guard as guarding
from gleaner.database.guard import Guard
from gleaner.database.keyfile import copy_keyfile
from gleaner.database.plan import Plan
from gleaner.ops.server import serving
from mongod import find_mongod, free_port

Client = pymongo.MongoClient
PATIENCE = 60
SECRET = {
    "keyfile": "a2V5IG9mIHRoZSBzZXQgdGhhdCBpcyBndWFyZGVk",
    "username": "gleaner",
    "password": "application-pass-1",
    "reader-username": "reader",
    "reader-password": "reader-pass-1",
    "admin-username": "admin",
    "admin-password": "admin-pass-1",
    "exporter-username": "exporter",
    "exporter-password": "exporter-pass-1",
    "backup-username": "backup",
    "backup-password": "backup-pass-1",
}


def eventually(check: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Ask until it is so; the pause only keeps two cores free for who is waited for."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not check():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        pause.wait(0.1)


class SecuredMongod:
    """One mongod with authentication and a key file. It keeps its port when it is started again."""

    def __init__(self, folder: Path, options: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self.options = options
        self.replicated = True
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    def start(self) -> None:
        self.data.mkdir(exist_ok=True)
        command = [
            *(find_mongod(), "--dbpath", str(self.data), "--logpath", str(self.folder / "log"), "--logappend"),
            *("--quiet", "--bind_ip", "127.0.0.1", "--port", str(self.port), "--nounixsocket"),
            *("--keyFile", str(self.folder / "key")),
            *(("--replSet", "rs0", "--oplogSize", "64") if self.replicated else ()),
            *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"),
            *("--wiredTigerCacheSizeGB", "0.25", "--setParameter", "diagnosticDataCollectionEnabled=false"),
            *self.options,
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)

    def stop(self, number: signal.Signals = signal.SIGKILL) -> None:
        if self._process:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(number)
            self._process.wait(timeout=PATIENCE)
            self._process = None

    def lose_volume(self) -> None:
        self.stop()
        shutil.rmtree(self.data)

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")


class Guarded:
    """A guard in a thread of this process, and its port for probes."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.stop = threading.Event()
        self.guard = Guard(plan)
        self.thread = threading.Thread(target=self.guard.work, args=(self.stop,))
        self._serving = serving(("127.0.0.1", 0), self.guard.routes)
        self.address = self._serving.__enter__()
        self.thread.start()

    def ask(self, path: str) -> tuple[int, dict[str, object]]:
        try:
            with urlopen(f"http://127.0.0.1:{self.address[1]}{path}", timeout=5) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, json.load(error)

    @property
    def ready(self) -> bool:
        return self.ask("/readyz")[0] == 200

    def await_ready(self) -> None:
        eventually(lambda: self.ready, f"ready; it says {self.ask('/readyz')}")

    def await_word(self, part: str, word: str) -> None:
        eventually(lambda: self.word(part) == word, f"{part} is {word}; it says {self.ask('/readyz')}")

    def word(self, part: str) -> str | None:
        return self.ask("/readyz")[1]["dependencies"].get(part, {}).get("state")

    def close(self) -> None:
        self.stop.set()
        self.thread.join(timeout=PATIENCE)
        self._serving.__exit__(None, None, None)
        assert not self.thread.is_alive()


class World:
    """What a test makes is gone after it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secret = folder / "secret"
        self.secret.mkdir()
        for name, value in SECRET.items():
            self.change(name, value)
        self.mongods: list[SecuredMongod] = []
        self.guards: list[Guarded] = []

    def change(self, name: str, value: str) -> None:
        (self.secret / name).write_text(value, encoding="utf-8")

    def mongod(self, *options: str, started: bool = True) -> SecuredMongod:
        folder = self.folder / f"m{len(self.mongods)}"
        folder.mkdir()
        copy_keyfile(self.secret / "keyfile", folder / "key")
        server = SecuredMongod(folder, options)
        self.mongods.append(server)
        if started:
            server.start()
        return server

    def plan(self, server: SecuredMongod, **changes: object) -> Plan:
        values = {
            "set_name": "rs0",
            "member": server.host,
            "members": (server.host,),
            "credentials": self.secret,
            "port": server.port,
        }
        return Plan(**(values | changes))

    def guard(self, server: SecuredMongod, **changes: object) -> Guarded:
        guarded = Guarded(self.plan(server, **changes))
        self.guards.append(guarded)
        return guarded

    def client(self, server: SecuredMongod, user: str = "admin", password: str = "", **options: object) -> Client:
        source = "gleaner" if user in {"gleaner", "reader"} else "admin"
        password = password or SECRET["password" if user == "gleaner" else f"{user}-password"]
        return pymongo.MongoClient(
            *("127.0.0.1", server.port),
            directConnection=True,
            serverSelectionTimeoutMS=PATIENCE * 1000,
            username=user,
            password=password,
            authSource=source,
            **options,
        )

    def lets_in(self, server: SecuredMongod, user: str, password: str) -> bool:
        with self.client(server, user, password) as client:
            try:
                client.admin.command("ping")
            except pymongo.errors.OperationFailure:
                return False
        return True

    def identity(self, server: SecuredMongod) -> str:
        """What tells one replica set from another of the same name."""
        with self.client(server) as client:
            return str(client.admin.command("replSetGetConfig")["config"]["settings"]["replicaSetId"])

    def close(self) -> None:
        for guarded in self.guards:
            guarded.close()
        for server in self.mongods:
            server.stop()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Guards here look often, so that nothing has to be waited for longer than it takes."""
    try:
        find_mongod()
    except LookupError as error:
        pytest.skip(f"MongoDB half skipped: {error}")
    monkeypatch.setattr(guarding, "PAUSE_SECONDS", 0.1)
    monkeypatch.setattr(guarding, "LONGEST_PAUSE", 0.3)
    monkeypatch.setattr(guarding, "SETTLED_SECONDS", 0.5)
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="gleaner-guard-", dir=memory if os.access(memory, os.W_OK) else None))
    world = World(folder)
    try:
        yield world
    finally:
        world.close()
        shutil.rmtree(folder, ignore_errors=True)
