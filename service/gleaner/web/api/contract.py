"""`/openapi.yaml`: the contract, as it is in the package."""

from functools import cache
from importlib.resources import files

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gleaner.web.api.answers import send
from gleaner.web.api.given import no_query
from gleaner.web.cache import Answer, pack


def add_to(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/openapi.yaml", view_func=openapi, endpoint="openapi")


def openapi() -> ResponseReturnValue:
    no_query()
    return send(_contract(), "application/yaml")


@cache
def _contract() -> Answer:
    return pack(files("gleaner.web.api").joinpath("openapi.yaml").read_bytes())
