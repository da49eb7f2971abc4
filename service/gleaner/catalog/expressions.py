"""JMESPath expressions: checked when the catalog is read, then quick functions of a JSON value."""

import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import jmespath
from jmespath.exceptions import IncompleteExpressionError, JMESPathError, LexerError, ParseError
from jmespath.functions import Functions
from jmespath.visitor import TreeInterpreter

_PLAIN = re.compile(r"(?:@|[A-Za-z_][A-Za-z0-9_]*)(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_LONGEST_REASON = 200  # an error of jmespath may hold the whole value

Expression = Callable[[Any], Any]


def compile_expression(text: str) -> Expression:
    """The expression as a function of a JSON value; both raise ValueError with a readable reason."""
    names = plain_names(text)
    if names is not None:
        return _walk(names)
    tree = _parse(text)
    interpreter = TreeInterpreter()

    def evaluate(value: Any) -> Any:
        try:
            return interpreter.visit(tree, value)
        except (ValueError, ArithmeticError, TypeError, RecursionError) as error:
            raise ValueError(f"{text!r}: {str(error)[:_LONGEST_REASON]}") from None

    return evaluate


def plain_names(text: str) -> tuple[str, ...] | None:
    """The names of a dotted path (none of `@`, which is the value itself); None for any other expression."""
    if not _PLAIN.fullmatch(text):
        return None
    return tuple(name for name in text.split(".") if name != "@")


def _walk(names: tuple[str, ...]) -> Expression:
    """A dotted path without jmespath: several times quicker, the same results.

    Decoded JSON has dicts and no subclass of them; to look at the type costs half of asking `isinstance`.
    """
    if len(names) == 1:
        only = names[0]
        return lambda value: value.get(only) if type(value) is dict else None

    def walk(value: Any) -> Any:
        for name in names:
            if type(value) is not dict:
                return None
            value = value.get(name)
        return value

    return walk


def _parse(text: str) -> Any:
    if not text.strip():
        raise ValueError("a JMESPath must not be empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PendingDeprecationWarning)  # `text` for 'text' is old, yet widely written
            tree: Any = jmespath.compile(text).parsed
    except JMESPathError as error:
        raise ValueError(f"{text!r} is not a JMESPath: {_reason(error)}") from None
    except RecursionError:
        raise ValueError(f"{text[:40]!r}… is not a JMESPath: it is nested too deeply") from None
    for node in _nodes(tree):
        _check_call(text, node)
    return tree


def _reason(error: JMESPathError) -> str:
    if isinstance(error, IncompleteExpressionError):
        return f"it ends too early, at character {error.lex_position}"
    if isinstance(error, LexerError):
        return f"{error.message} at character {error.lexer_position + 1}"
    if isinstance(error, ParseError):
        return f"unexpected {error.token_value!r} at character {error.lex_position + 1}"
    return str(error)


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(child for child in node["children"] if isinstance(child, dict))


def _check_call(text: str, node: dict[str, Any]) -> None:
    """The library notices an unknown function or a wrong number of arguments only at the call."""
    if node["type"] != "function_expression":
        return
    name, given = node["value"], len(node["children"])
    known = Functions.FUNCTION_TABLE.get(name)
    if known is None:
        raise ValueError(f"{text!r} is not a JMESPath: there is no function {name}()")
    wanted = len(known["signature"])
    variadic = bool(wanted and known["signature"][-1].get("variadic"))
    if given < wanted or (given > wanted and not variadic):
        least = "at least " if variadic else ""
        raise ValueError(f"{text!r} is not a JMESPath: {name}() takes {least}{wanted} argument(s), not {given}")
