"""OAuth 2.0 access tokens by client credentials (RFC 6749, 4.4)."""

import threading
from collections.abc import Callable
from urllib.parse import quote, urlencode

import msgspec

from gleaner.catalog.model import OAuth2, Source
from gleaner.collecting.asking import Request
from gleaner.collecting.auth import basic
from gleaner.collecting.clock import Clock
from gleaner.collecting.exchange import Answer
from gleaner.collecting.failures import BadAnswer, Refused
from gleaner.collecting.fill import Values
from gleaner.collecting.origin import origin_of
from gleaner.telemetry.redact import protect

LEEWAY = 60.0  # seconds before its end at which a token counts as old
_UNLIMITED = 3600.0  # seconds; of a token that does not say how long it lives


class _Granted(msgspec.Struct):
    access_token: str
    token_type: str = "bearer"  # noqa: S105 (the name of a kind of token)
    expires_in: float | str | None = None


class TokenCache:
    """One token for all threads of a run, fetched when there is none or it is about to end."""

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._token = ""
        self._good_until = 0.0
        self._lock = threading.Lock()

    def current(self, values: Values, ask: Callable[[Request], Answer]) -> str:
        """`ask` makes the request, with retries but without redirects."""
        with self._lock:
            if not self._token or self._clock.monotonic() >= self._good_until:
                answer = ask(token_request(self._source, values))
                granted = _granted(answer)
                protect(granted.access_token)
                self._token = granted.access_token
                self._good_until = self._clock.monotonic() + _lifetime(granted) - LEEWAY
            return self._token

    def forget(self, token: str) -> None:
        """The API did not take this one."""
        with self._lock:
            if token == self._token:
                self._token = ""


def token_request(source: Source, values: Values) -> Request:
    """Client id and secret go by basic authentication, encoded as RFC 6749, 2.3.1 says."""
    auth = source.auth
    assert isinstance(auth, OAuth2), "asked for only then"
    url = values.url(auth.token_url)
    if origin_of(url).scheme == "http" and source.url.startswith("https:"):
        raise Refused(f"auth.token_url is http while the source is https: {origin_of(url)}")
    form = {"grant_type": "client_credentials"} | ({"scope": auth.scope} if auth.scope else {})
    form |= {name: values.text(text) for name, text in auth.params.items()}
    user, password = (quote(values.text(text), safe="") for text in (auth.client_id, auth.client_secret))
    return Request(
        method="POST",
        url=url,
        headers={"Authorization": basic(user, password), "Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode(form).encode(),
    )


def _granted(answer: Answer) -> _Granted:
    where = f"the token request {answer.method} {answer.shown_url}"
    if answer.status != 200:
        raise BadAnswer(f"{where} was answered with status {answer.status}{_oauth_error(answer)}")
    try:
        granted = msgspec.json.decode(answer.body, type=_Granted)
    except msgspec.DecodeError as error:
        raise BadAnswer(f"{where} was answered with something that is no token: {error}") from None
    if granted.token_type.lower() != "bearer" or not granted.access_token:
        raise BadAnswer(f"{where} gave a token of the type {granted.token_type!r:.40}; only bearer tokens are used")
    return granted


def _oauth_error(answer: Answer) -> str:
    """The error's code (RFC 6749, 5.2). Nothing else of the body: it may repeat what was sent."""
    try:
        code = msgspec.json.decode(answer.body)["error"]
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError):
        return ""
    return f" ({code:.60})" if isinstance(code, str) else ""


def _lifetime(granted: _Granted) -> float:
    try:
        return float(granted.expires_in) if granted.expires_in is not None else _UNLIMITED
    except ValueError:
        return _UNLIMITED
