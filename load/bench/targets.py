"""What the web is measured against: `python -m bench.targets NAME PORT` with BENCH_BODY, the file to answer with.

They run in the very set-up of ours (gleaner.web.server), so that what differs is what we add.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify


def body() -> bytes:
    return Path(os.environ["BENCH_BODY"]).read_bytes()


def bare_flask() -> Flask:
    """What nobody could leave out: a route and `jsonify`. Also the application that gunicorn serves."""
    app = Flask(__name__)
    app.json.compact, app.json.sort_keys = True, False
    value = json.loads(body())

    @app.get("/api/v1/sources")
    def sources() -> Response:
        return jsonify(value)

    return app


def bare_wsgi() -> Callable[..., Iterable[bytes]]:
    """What Python itself costs: the same bytes, and nothing looked at."""
    answer = body()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))]

    def app(_environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        start_response("200 OK", headers)
        return [answer]

    return app


if __name__ == "__main__":
    from gleaner.web.server import serve

    make = {"flask": bare_flask, "wsgi": bare_wsgi}[sys.argv[1]]
    serve(make(), "127.0.0.1", int(sys.argv[2]), on_start=lambda: None, on_stop=lambda: None)
