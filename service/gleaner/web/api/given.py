"""What a request brings along becomes typed values; what is wrong with it is said."""

from typing import TypeVar

import msgspec
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from gleaner.errors import InputError
from gleaner.web.queries import read_query

Body = TypeVar("Body")


def read_body(kind: type[Body]) -> Body:
    """Raises InputError for what is no such value, and werkzeug's exceptions for 413 and 415."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("The body has to be JSON: send `Content-Type: application/json`.")
    data = request.get_data(cache=False)
    if request.content_length is None and len(data) >= (request.max_content_length or 0):
        raise RequestEntityTooLarge  # of a chunked body werkzeug gives the beginning alone
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise InputError(f"body: {error}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"body: it is not JSON: {error}") from None


def no_query() -> None:
    """For what takes no query parameters: raises InputError where there is one."""
    if request.query_string:
        read_query(request.args, {})
