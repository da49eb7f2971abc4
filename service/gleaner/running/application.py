"""An application: something that can be triggered, and what it is given when it works."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gleaner.catalog.model import Catalog, Parameter, Schedule
from gleaner.settings import SecretFolder, Settings
from gleaner.store.model import Outcome, Run
from gleaner.store.protocol import Store
from gleaner.store.runlog import RunLog

BACKOFF_SECONDS = 30.0


def retry_delay(backoff: float, tries: int) -> float:
    """Seconds before the next attempt, after so many that count."""
    return backoff * 2.0 ** (tries - 1)


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

    Until `max_attempts` were made, an attempt that failed is made again after `backoff` seconds that double each time,
    one whose process died likewise from 30 s on, and one whose worker vanished as soon as that is noticed. Leave
    `max_attempts` at 1 where doing something twice does harm.
    """

    name: str
    work: Callable[[Job], Outcome | None]
    description: str = ""
    parameters: Mapping[str, Parameter] = {}
    schedule: Schedule | None = None
    timeout: float = 3600.0  # seconds
    max_attempts: int = 1
    backoff: float = BACKOFF_SECONDS  # doubles with each try
    overlap: bool = False  # several runs at once
    version: str = ""  # of the declaration, kept with each run
