"""`serve`: the web, a runner and the scheduler in one process."""

import threading
from collections.abc import Callable, Sequence

from flask import Flask

from gleaner.commands.output import tell
from gleaner.commands.running import make_runner
from gleaner.errors import GleanerError
from gleaner.ops.dependency import Dependency
from gleaner.ops.heartbeat import Heartbeat
from gleaner.running.context import open_context
from gleaner.running.opsport import STUCK_SECONDS, ops_port
from gleaner.running.registry import find_applications
from gleaner.running.telling import telling
from gleaner.running.tracing import traced
from gleaner.settings import Settings
from gleaner.store.protocol import StoreUnavailable
from gleaner.web.accounts.gate import announce_link
from gleaner.web.app import create_app
from gleaner.web.server import serve as serve_web


def serve(settings: Settings, kinds: Sequence[str], *, on_start: Callable[[], object] = lambda: None) -> int:
    """Serve and work until a signal ends this process; then runs get their grace time."""
    host, port = settings.address
    with traced(settings), open_context(settings) as context:
        registry = find_applications(settings, context.catalog)
        app = create_app(context, registry, announce=tell)
        heartbeat = Heartbeat(STUCK_SECONDS)
        runner = make_runner(context, registry, kinds, schedule=True, heartbeat=heartbeat)
        thread = threading.Thread(target=runner.work, name="runner")

        def start() -> None:
            thread.start()
            tell(f"gleaner: serving on http://{settings.bind}")
            try:
                announce_link(app)
            except StoreUnavailable as error:  # the web and the runner wait for it, and so can whoever logs in
                tell(f"gleaner: {error}; the log-in page gives a link once it does")
            on_start()

        def stop() -> None:
            runner.stop()
            if runner.active:
                tell(f"gleaner: waiting up to {settings.grace:g} s for {runner.active} runs")
            thread.join()

        with (
            ops_port(settings, heartbeat, app.extensions["gleaner.store_check"], _others(app)),
            telling(context, registry, kinds, schedule=True),
        ):
            serve_web(app, host, port, on_start=start, on_stop=stop)
    return 0


def _others(app: Flask) -> list[Dependency]:
    """What only degrades the web."""
    accounts = app.extensions["gleaner.gate"].accounts

    def demand_accounts() -> None:
        if accounts.problem:
            raise GleanerError(accounts.problem)

    return [app.extensions["gleaner.shelf_check"], Dependency("accounts", demand_accounts)]
