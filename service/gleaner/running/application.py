"""An application: something that can be triggered, and what it is given when it works."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gleaner.catalog.model import Catalog, Parameter, Schedule
from gleaner.settings import SecretFolder, Settings
from gleaner.store.model import Outcome, Run
from gleaner.store.protocol import Store
from gleaner.store.runlog import RunLog


class Context(msgspec.Struct, frozen=True):
    """What a process of Gleaner works with."""

    settings: Settings
    catalog: Catalog
    store: Store
    secrets: SecretFolder


class Job(msgspec.Struct, frozen=True):
    """One run, as its application sees it. `parameters` are checked and complete."""

    run: Run
    parameters: Mapping[str, Any]
    log: RunLog
    context: Context


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """`work` returns an Outcome, or None for plain success; an exception fails the run.

    An attempt that failed or whose worker vanished is made again, after `backoff` seconds that double each time,
    until `max_attempts` were made. Leave it at 1 where doing something twice does harm.
    """

    name: str
    work: Callable[[Job], Outcome | None]
    description: str = ""
    parameters: Mapping[str, Parameter] = {}
    schedule: Schedule | None = None
    timeout: float = 3600.0  # seconds
    max_attempts: int = 1
    backoff: float = 30.0  # seconds
    overlap: bool = False  # several runs at once
    version: str = ""  # of the declaration, kept with each run
