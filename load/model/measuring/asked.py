"""The requests of each endpoint, as the users of the load tests make them, ready to be sent.

Each has a session of its own among many: with a thousand of them none is remembered from its last request, so that
what a session costs is in it. That is the most that it can cost.
"""

import json
import re
import secrets
import uuid
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

import requests as http

from bench.installation import PASSWORD, TOKEN, Installation
from gleaner.settings import Settings
from gleaner.store.protocol import Store
from gleaner.web.accounts.file import Listed, Token, User, write_listed
from gleaner.web.accounts.key import Key
from gleaner.web.accounts.passwords import Hash
from gleaner.web.accounts.sessions import Session, Sessions
from gleaner.web.accounts.tokens import hash_token
from model.measuring.line import request
from model.mix import LOG_IN, UNCHANGED

SESSIONS = 1000
_LIFE = 12 * 3600.0
_RECORDS = "/api/v1/sources/bench/records?limit=100"
_PAGES = {
    "overview": "/",
    "records": "/sources/bench",
    "records, searched": "/sources/bench?q=a&sort=-time",
    "runs": "/runs",
    "reports": "/reports",
    "application": "/applications/retain",
}
Requests = dict[str, Iterator[bytes]]


class People:
    """Who has logged in: cookies, and what a form has to carry. Made before the server, which reads the accounts."""

    def __init__(self, home: Installation, store: Store) -> None:
        user = User("bench", "operator", Hash.make(PASSWORD).text)
        token = Token("bench-token", "operator", hash_token(TOKEN).hex())
        write_listed(Path(home.environment["GLEANER_ACCOUNTS"]), Listed((user,), (token,)))
        self.key = Key(Settings(), store)
        sessions = Sessions(store, self.key, idle=_LIFE, life=_LIFE)
        session = Session(name=user.name, way="password", stamp=user.stamp)
        self.cookies = [sessions.begin(session) for _ in range(SESSIONS)]

    def form(self, bound_to: str, **fields: str) -> bytes:
        salt = secrets.token_hex(8)
        return urlencode({"csrf_token": f"{salt}.{self.key.sign('csrf', salt + bound_to)}", **fields}).encode()


def all_requests(home: Installation, people: People) -> Requests:
    """Of each endpoint without end. The server must be up: some addresses are found on its pages."""
    host = f"127.0.0.1:{home.port}"
    paths = {**_PAGES, **_found(home, people.cookies[0])}
    found = {name: _pages(host, people, path) for name, path in paths.items()}
    token = {"Host": host, "Authorization": f"Bearer {TOKEN}"}
    for name, path, headers in (
        ("style sheet", "/static/gleaner.css", {"Host": host}),
        ("API sources", "/api/v1/sources", token),
    ):
        etag = http.get(home.url(path), headers={**headers, "Accept-Encoding": "identity"}, timeout=30).headers["ETag"]
        found[name] = cycle([request("GET", path, headers)])
        found[name + UNCHANGED] = cycle([request("GET", path, {**headers, "If-None-Match": etag})])
    found["API records"] = cycle([request("GET", path, token) for path in _walk(home)])
    found["trigger"] = _forms(host, people)
    found["API trigger"] = _triggers(token)
    found[LOG_IN] = _logins(host, people)
    return found


def _found(home: Installation, cookie: str) -> dict[str, str]:
    """The next page of records, one record and one run, where the pages link to."""

    def link(page: str, pattern: str) -> str:
        answer = http.get(home.url(page), headers={"Cookie": f"gleaner={cookie}"}, timeout=30)
        match = re.search(pattern, answer.text)
        assert match, f"no {pattern} on {page}"
        return match[1].partition("#")[0].replace("&amp;", "&")

    return {
        "records, next page": link("/sources/bench", r'href="([^"]+)"[^>]*rel="next"'),
        "one record": link("/sources/bench", r'href="(/sources/[^"]+/record\?[^"]+)"'),
        "run": link("/runs", r'href="(/runs/[^"?]+)"'),
    }


def _walk(home: Installation) -> list[str]:
    """A first page and the two after it."""
    paths = [_RECORDS]
    for _ in range(2):
        paths.append(f"{_RECORDS}&cursor={home.get(paths[-1]).json()['next']}")
    return paths


def _pages(host: str, people: People, path: str) -> Iterator[bytes]:
    return cycle([request("GET", path, {"Host": host, "Cookie": f"gleaner={cookie}"}) for cookie in people.cookies])


def _posted(host: str, path: str, cookie: str, body: bytes) -> bytes:
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{host}"}
    return request("POST", path, {"Host": host, "Cookie": cookie, **form}, body)


def _forms(host: str, people: People) -> Iterator[bytes]:
    for cookie in cycle(people.cookies):
        yield _posted(host, "/applications/retain", f"gleaner={cookie}", people.form(cookie))


def _logins(host: str, people: People) -> Iterator[bytes]:
    mark = secrets.token_urlsafe(32)
    while True:
        body = people.form(mark, name="bench", password=PASSWORD, next="/")
        yield _posted(host, "/login", f"gleaner-browser={mark}", body)


def _triggers(token: dict[str, str]) -> Iterator[bytes]:
    """Each twice, under one key."""
    body = json.dumps({"application": "retain", "parameters": {}}).encode()
    while True:
        headers = {**token, "Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        again = request("POST", "/api/v1/runs", headers, body)
        yield from (again, again)
