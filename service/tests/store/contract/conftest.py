"""Other processes that use the same store."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Worker = subprocess.Popen[str]
StartWorker = Callable[[str, str, str], Worker]
SCRIPT = Path(__file__).with_name("worker.py")
TESTS = SCRIPT.parents[2]


@pytest.fixture
def start_worker() -> Iterator[StartWorker]:
    """Start a process for a work, on a store's address, under a name. It waits for a line before it begins."""
    workers: list[Worker] = []

    def start(work: str, address: str, name: str) -> Worker:
        environment = {**os.environ, "PYTHONPATH": f"{TESTS.parent}:{TESTS}"}
        command = [sys.executable, str(SCRIPT), work, address, name]
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        workers.append(worker)
        assert worker.stdout.readline() == "ready\n"
        return worker

    yield start
    for worker in workers:
        worker.kill()
        worker.communicate()
