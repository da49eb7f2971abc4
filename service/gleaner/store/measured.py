"""A store whose methods are timed, whichever kind it is."""

import functools
import inspect
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

from gleaner.store.protocol import AlreadyQueued, QueryTooSlow, SlotTaken, Store, StoreUnavailable, Superseded
from gleaner.telemetry.metrics.stores import ERRORS, OPERATION

OPERATIONS = tuple(name for name, value in vars(Store).items() if inspect.isfunction(value) and name[0] != "_")
_REASONS = ((StoreUnavailable, "unavailable"), (Superseded, "superseded"), (QueryTooSlow, "slow"))
_ANSWERS = (SlotTaken, AlreadyQueued)  # what was asked is known then
_YIELDING = frozenset({"iter_records", "iter_keys"})


class _Measured:
    def __init__(self, store: Store) -> None:
        for name in OPERATIONS:
            method = getattr(store, name)
            setattr(self, name, _timed_start(name, method) if name in _YIELDING else _timed(name, method))


def measured(store: Store) -> Store:
    """The same store to whoever uses it."""
    return cast("Store", _Measured(store))


def _timed(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        began_at = time.perf_counter()
        try:
            return method(*args, **kwargs)
        except _ANSWERS:
            raise
        except Exception as error:
            ERRORS.inc(name, _reason(error))
            raise
        finally:
            OPERATION.observe(time.perf_counter() - began_at, name)

    return call


def _timed_start(name: str, method: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """How long the rest takes is up to whoever takes it."""

    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Iterator[Any]:
        items = method(*args, **kwargs)
        begin = _timed(name, functools.partial(next, items, items))
        if (first := begin()) is items:  # which stands for the end
            return
        yield first
        try:
            yield from items
        except Exception as error:
            ERRORS.inc(name, _reason(error))
            raise

    return call


def _reason(error: Exception) -> str:
    return next((word for kind, word in _REASONS if isinstance(error, kind)), "other")
