"""A trial whose requests other processes make: started on this machine, or come over the network (Locust's master).

What is told and heard here is neither secret nor proved: a worker reads target and account itself, and whoever reaches
the master's port can be one.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import gevent
import msgspec
from locust.env import Environment
from locust.exception import RPCError
from locust.runners import STATE_MISSING, MasterRunner

from trial.targets import Refused
from trial.telling import Batch, Telling, Told

SEEN, BEGIN = "seen", "begin"  # Locust's messages of ours
PATIENCE = 120.0  # seconds for all workers to come: pods are scheduled, and fetch their image
_LAST_WORDS = 15.0  # seconds that all workers have for their last requests and to tell them


class Workers:
    """A crew. `loads`: what each of them must load; `command`: starts one here, with the master's address added."""

    def __init__(
        self, number: int, loads: str, bind: tuple[str, int] = ("127.0.0.1", 0), command: Sequence[str] = ()
    ) -> None:
        self.workers = number
        self._loads = loads
        self._bind = bind
        self._command = command
        self._processes: list[subprocess.Popen[bytes]] = []
        self._known: dict[str, Told] = {}
        self._batches: list[Batch] = []
        self._other = ""
        self._begun = self._over = False
        self._runner: MasterRunner | None = None

    def enlist(self, environment: Environment) -> MasterRunner:
        self._runner = runner = self._listening(environment)
        runner.register_message(SEEN, self._hear)
        if self._command:
            here = ("--worker", f"{self._bind[0]}:{runner.server.port}")
            self._processes = [
                subprocess.Popen([*self._command, *here], start_new_session=True) for _ in range(self.workers)
            ]
        self._wait()
        self.workers = len(self._known)
        return runner

    def begin(self, clock: float) -> None:
        self._begun = True
        if self._runner:
            self._runner.send_message(BEGIN, {"clock": clock})

    def take(self) -> list[Batch]:
        taken, self._batches = self._batches, []
        return taken

    def flaw(self) -> str:
        flaws = [self._other] if self._other else []
        for node, worker in self._known.items():
            worker.lost = worker.lost or self._is_gone(node, worker)
            flaws += worker.flaws(over=self._over)
        return "; ".join(flaws)

    def end(self) -> None:
        try:
            if self._runner and self._begun:
                self._runner.stop()
                self._await_last_words()
            if self._runner:
                self._runner.quit()
        finally:
            self._end_processes()

    def _listening(self, environment: Environment) -> MasterRunner:
        host, port = self._bind
        try:
            return environment.create_master_runner(host, port)
        except (RPCError, SystemExit) as error:  # Locust ends the process where a port is taken
            raise Refused(f"nobody can listen at {host}:{port}: {error}") from None

    def _wait(self) -> None:
        until = time.perf_counter() + PATIENCE
        while len(self._known) < self.workers:
            gevent.sleep(0.05)
            if self._other:
                raise Refused(self._other)
            if any(process.poll() is not None for process in self._processes):
                raise Refused("a worker ended before the trial began")
            if time.perf_counter() > until:
                raise Refused(f"only {len(self._known)} of {self.workers} workers came within {PATIENCE:.0f} s")

    def _hear(self, environment: Environment, msg: Any) -> None:  # noqa: ARG002 - as Locust calls it
        telling = msgspec.convert(msg.data, Telling)
        name = msg.node_id.rpartition("_")[0]  # Locust's: the host's name and a random number
        if telling.loads != self._loads:
            self._other = f"the worker {name} loads {telling.loads}, and not {self._loads}"
        elif msg.node_id not in self._known and self._begun:
            self._other = f"the worker {name} came when the trial had begun"
        else:
            self._known.setdefault(msg.node_id, Told(name)).hear(telling)
            self._batches.append(telling.batch)

    def _is_gone(self, node: str, worker: Told) -> bool:
        """Locust no longer counts on it, or it is silent. In the end all of them go."""
        clients = self._runner.clients if self._runner else {}
        return not self._over and (worker.is_silent or node not in clients or clients[node].state == STATE_MISSING)

    def _await_last_words(self) -> None:
        self._over = True
        until = time.perf_counter() + _LAST_WORDS
        while not all(each.ended or each.lost for each in self._known.values()) and time.perf_counter() < until:
            gevent.sleep(0.05)

    def _end_processes(self) -> None:
        """They end by themselves when the runner has; one that does not is not left behind."""
        for process in self._processes:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()


def command(options: argparse.Namespace) -> list[str]:
    """What starts a worker here for the trial of these options. It looks up target and account again."""
    given = {name: getattr(options, name) for name in ("target", "confirm", "address", "limits", "secrets")}
    named = [f"--{name}={value}" for name, value in given.items() if value]
    return [sys.executable, "-m", "trial", *named]
