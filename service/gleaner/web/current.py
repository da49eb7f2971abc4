"""What the request at hand works with, and on whose behalf."""

from typing import Literal

import msgspec
from flask import current_app, g

from gleaner.running.application import Context
from gleaner.running.registry import Registry

Role = Literal["viewer", "operator"]


class Principal(msgspec.Struct, frozen=True):
    """Who asks: `session` is a person in a browser, `token` a program."""

    name: str
    role: Role
    kind: Literal["session", "token"]


def context() -> Context:
    found: Context = current_app.extensions["gleaner.context"]
    return found


def registry() -> Registry:
    found: Registry = current_app.extensions["gleaner.registry"]
    return found


def principal() -> Principal | None:
    """None where nobody needs to be known: probes, log-in, static files."""
    found: Principal | None = g.get("principal")
    return found


def request_id() -> str:
    """The id under which this request is in the logs; it is in the answer's `X-Request-Id`, too."""
    found: str = g.get("request_id", "")
    return found
