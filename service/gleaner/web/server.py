"""Serves a WSGI application from threads of this process, so that metrics and the runner share it."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from granian.constants import Interfaces
from granian.server.mt import MTServer

from gleaner.telemetry.metrics.web import THREADS as SIZE

THREADS = 4


class _ThreadServer(MTServer):
    """Granian's threaded server is meant for Python without a global lock; it is as correct with one.

    Its other server forks worker processes, and a process with a runner and database connections must not fork.
    """

    def _check_gil(self) -> None:
        """Serve with a global lock, too."""


def serve(app: Flask, host: str, port: int, *, on_start: Callable[[], Any], on_stop: Callable[[], Any]) -> None:
    """Serve until SIGINT or SIGTERM; `on_stop` is called while requests are still answered."""
    server = _ThreadServer(
        "gleaner",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=THREADS,
        websockets=False,
        log_enabled=False,
    )
    SIZE.set(THREADS)
    server.on_startup(on_start)
    server.on_shutdown(on_stop)
    server.serve(target_loader=lambda: app, wrap_loader=False)
