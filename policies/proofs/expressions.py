"""The CEL evaluator: compiles expressions once and evaluates them on plain data."""

import datetime as dt
import functools
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings, ext_encoders, ext_math, ext_optional, ext_strings

from proofs import functions
from proofs.folders import Object
from proofs.matching import resource_of

CLUSTER: ContextVar[Iterable[Object]] = ContextVar("CLUSTER", default=())
NAMES = ("object", "oldObject", "request", "namespaceObject", "variables", "exceptions")
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # what `time.now()` says: examples stay as good or bad as they were
_DYN, _TEXT, _BOOL, _INT, _LIST = cel.Type.DYN, cel.Type.STRING, cel.Type.BOOL, cel.Type.INT, cel.Type.LIST
_MAP = cel.Type.Map(_TEXT, _DYN)


class Failed(Exception):
    """An expression that ends in an error, as one that reads a key that is not there."""


@functools.cache
def compiled(expression: str) -> cel.Expression:
    """Raises Failed when it is no expression."""
    try:
        return _environment().compile(expression)
    except RuntimeError as wrong:
        raise Failed(f"{expression}: {wrong}") from wrong


def value(expression: str, data: Object) -> Any:
    """What an expression comes to. Raises Failed."""
    try:
        found = compiled(expression).eval(data=data)
    except (RuntimeError, ValueError) as wrong:
        raise Failed(f"{expression}: {wrong}") from wrong
    if found.type() in (cel.Type.ERROR, cel.Type.UNKNOWN):
        raise Failed(f"{expression}: {found.plain_value()}")
    return found.plain_value()


@functools.cache
def _environment() -> cel.Env:
    return cel.NewEnv(
        variables=dict.fromkeys(NAMES, _DYN),
        extensions=[
            ext_bindings.ExtBindings(),
            ext_encoders.ExtEncoders(),
            ext_math.ExtMath(),
            ext_optional.ExtOptional(),
            ext_strings.ExtStrings(),
        ],
        functions=_functions(),
    )


def _functions() -> list[cel.FunctionDecl]:
    return [
        _plain("quantity", functions.quantity, _TEXT, _TEXT),
        _plain("isQuantity", functions.succeeds(functions.amount), _BOOL, _TEXT),
        _member("compareTo", functions.compare, _INT, _TEXT, _TEXT),
        _member("isGreaterThan", lambda left, right: functions.compare(left, right) > 0, _BOOL, _TEXT, _TEXT),
        _member("isLessThan", lambda left, right: functions.compare(left, right) < 0, _BOOL, _TEXT, _TEXT),
        _plain("cidr", functions.cidr, _TEXT, _TEXT),
        _plain("isCIDR", functions.succeeds(functions.cidr), _BOOL, _TEXT),
        _member("prefixLength", lambda text: functions.network(text).prefixlen, _INT, _TEXT),
        _member("containsIP", functions.contains, _BOOL, _TEXT, _TEXT),
        _member("containsCIDR", functions.contains, _BOOL, _TEXT, _TEXT),
        cel.FunctionDecl(
            "ip",
            [
                cel.Overload("ip_of_text", _TEXT, [_TEXT], is_member=False, impl=functions.address),
                cel.Overload("ip_of_block", _TEXT, [_TEXT], is_member=True, impl=lambda text: text.split("/")[0]),
            ],
        ),
        _plain("isIP", functions.succeeds(functions.address), _BOOL, _TEXT),
        _member("family", functions.family, _INT, _TEXT),
        _plain("parseImageReference", functions.image, _TEXT, _TEXT),
        _plain("isImage", functions.succeeds(functions.image), _BOOL, _TEXT),
        *(_member(name, functions.part(name), _TEXT, _TEXT) for name in ("registry", "repository", "tag", "digest")),
        _member("identifier", functions.identifier, _TEXT, _TEXT),
        _member("containsDigest", lambda text: bool(functions.parts(text)["digest"]), _BOOL, _TEXT),
        _plain("user.parseServiceAccount", functions.account, _MAP, _TEXT),
        _member("flatten", functions.flatten, _LIST, _LIST),
        _member("distinct", functions.distinct, _LIST, _LIST),
        _member("sum", sum, _INT, _LIST),
        _member("find", functions.find, _TEXT, _TEXT, _TEXT),
        _plain("sets.contains", lambda left, right: all(each in left for each in right), _BOOL, _LIST, _LIST),
        _plain("sets.intersects", lambda left, right: any(each in left for each in right), _BOOL, _LIST, _LIST),
        _plain("time.now", lambda: NOW, cel.Type.TIMESTAMP),
        _plain("resource.get", _get, _DYN, _TEXT, _TEXT, _TEXT, _TEXT),
        _plain("resource.list", _list, _MAP, _TEXT, _TEXT, _TEXT),
    ]


def _plain(name: str, implementation: Callable[..., Any], result: cel.Type, *parameters: cel.Type) -> cel.FunctionDecl:
    overload = cel.Overload(f"{name}_of", result, list(parameters), is_member=False, impl=implementation)
    return cel.FunctionDecl(name, [overload])


def _member(name: str, implementation: Callable[..., Any], result: cel.Type, *parameters: cel.Type) -> cel.FunctionDecl:
    overload = cel.Overload(f"its_{name}", result, list(parameters), is_member=True, impl=implementation)
    return cel.FunctionDecl(name, [overload])


def _found(version: str, plural: str, namespace: str) -> list[Object]:
    group = version.rpartition("/")[0]
    return [
        each
        for each in CLUSTER.get()
        if resource_of(each)[0::2] == (group, plural) and each["metadata"].get("namespace", "") == namespace
    ]


def _get(version: str, plural: str, namespace: str, name: str) -> Object | None:
    """None when it is not there, as in kyverno."""
    return next((each for each in _found(version, plural, namespace) if each["metadata"]["name"] == name), None)


def _list(version: str, plural: str, namespace: str) -> Object:
    return {"items": _found(version, plural, namespace)}
