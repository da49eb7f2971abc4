"""One request and its answer: redirects, limits of time and size, and what may go where."""

import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import DecodeError, HTTPError, ProtocolError

from gleaner import __version__
from gleaner.catalog.model import Source
from gleaner.collecting.address import AddressRefused
from gleaner.collecting.asking import Request, with_query, without_params
from gleaner.collecting.clock import Deadline
from gleaner.collecting.connection import Watchdog
from gleaner.collecting.failures import BadAnswer, Refused, Transient
from gleaner.collecting.origin import Origin, check_hop, join, origin_of
from gleaner.collecting.rate import Pace
from gleaner.collecting.shown import show_url
from gleaner.collecting.tally import Tally
from gleaner.collecting.traced import answered, asked
from gleaner.store.runlog import RunLog
from gleaner.telemetry.redact import redact

MOST_REDIRECTS = 5
_CHUNK = 65536
_LONGEST_REASON = 300
_REDIRECTS = {301, 302, 303, 307, 308}
_OURS = {
    "User-Agent": f"gleaner/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
}


class Answer(msgspec.Struct, kw_only=True):
    """An answer with its whole body. `own` says that every hop was at the source's own origin."""

    method: str
    url: str
    shown_url: str
    status: int
    headers: CaseInsensitiveDict[str]
    body: bytearray
    own: bool

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "")


class Wire:
    """Makes requests for one source; safe to use from several threads."""

    def __init__(
        self, source: Source, session: requests.Session, *, deadline: Deadline, tally: Tally, log: RunLog
    ) -> None:
        self._source = source
        self._session = session
        self._deadline = deadline
        self._pace = Pace(source.rate, deadline, tally)
        self._tally = tally
        self._log = log

    def exchange(self, request: Request, *, follow: bool = True) -> Answer:
        """Ask once, following redirects. Raises Transient, Refused or BadAnswer."""
        source = origin_of(request.url)
        for redirects in range(MOST_REDIRECTS + 1):
            with asked(request, redirects) as attributes:
                answer = self._hop(request)
                answered(attributes, answer.status, len(answer.body))
            target = answer.headers.get("Location")
            if not follow or answer.status not in _REDIRECTS or not target:
                return answer
            request = self._redirected(request, answer, target, source)
        raise BadAnswer(f"{request.method} {answer.shown_url}: more than {MOST_REDIRECTS} redirects")

    def _hop(self, request: Request) -> Answer:
        self._pace.take_turn()
        self._tally.add(requests=1)
        shown = show_url(request.url, request.secret_params)
        seconds = min(self._source.timeout.request, self._deadline.left())
        what = f"{request.method} {shown}"
        with Watchdog(seconds).on_duty() as watchdog:
            try:
                answer = self._timed(request, shown)
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                raise self._problem(error, what, watchdog) from None
        if watchdog.fired:  # a body that ends with the connection looks whole
            raise self._problem(TimeoutError(), what, watchdog)
        if not answer.body and _is_unmarked(answer):
            raise Transient(f"{what}: the connection ended in the headers", cut=True)
        return answer

    def _timed(self, request: Request, shown: str) -> Answer:
        began_at, status = time.perf_counter(), "error"
        try:
            answer = self._ask(request, shown)
            status = str(answer.status)
        finally:
            self._tally.fetched(status, time.perf_counter() - began_at)
        return answer

    def _ask(self, request: Request, shown: str) -> Answer:
        timeout = self._source.timeout
        headers = _OURS | ({"Content-Type": "application/json"} if request.body is not None else {}) | request.headers
        response = self._session.request(
            request.method,
            request.url,
            headers=headers,
            data=request.body,
            auth=_no_auth,
            timeout=(timeout.connect, timeout.read),
            allow_redirects=False,
            stream=True,
        )
        with response:
            body = self._read(response, f"{request.method} {shown}")
        return Answer(
            method=request.method,
            url=request.url,
            shown_url=shown,
            status=response.status_code,
            headers=response.headers,
            body=body,
            own=request.own,
        )

    def _read(self, response: requests.Response, what: str) -> bytearray:
        """The decoded body, chunk by chunk, so that neither its size nor its pace is the other side's choice."""
        body = bytearray()
        for chunk in response.raw.stream(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > self._source.max_body:
                raise BadAnswer(f"{what}: the body is larger than max_body ({self._source.max_body} bytes)")
            self._deadline.left()
        self._tally.add(bytes=len(body))
        return body

    def _redirected(self, request: Request, answer: Answer, target: str, source: Origin) -> Request:
        url = join(answer.url, target)
        own = check_hop(source, origin_of(url), self._source.allow_hosts, via=origin_of(answer.url))
        becomes_get = answer.status == 303 or (answer.status in {301, 302} and request.method == "POST")
        if own:  # one that was elsewhere carries nothing any more
            kept = [pair for pair in _pairs(request) if pair[0] in request.secret_params]
            request = msgspec.structs.replace(request, url=with_query(url, kept))
            return msgspec.structs.replace(request, method="GET", body=None) if becomes_get else request
        if request.method != "GET" and not becomes_get:
            raise Refused(f"{request.method} {answer.shown_url}: its body is not sent on to another origin")
        url = without_params(url, request.secret_params)
        if redact(url) != url:
            raise Refused(f"{request.method} {answer.shown_url}: redirects to another origin with a secret in the URL")
        self._log.info(f"{answer.shown_url} redirects to {origin_of(url)}, followed without credentials")
        return Request(method="GET", url=url, own=False)

    def _problem(self, error: Exception, what: str, watchdog: Watchdog) -> Exception:
        """The error in our words: what passes, what is refused, what is wrong for good."""
        self._deadline.left()
        if watchdog.fired:
            return Transient(f"{what}: took longer than {self._source.timeout.request:g} s (timeout.request)")
        refusal = _find(error, AddressRefused)
        if refusal is not None:
            return Refused(f"{what}: {refusal}")
        reason = redact(f"{what}: {_reason(error)}")
        permanent = (
            requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader | requests.exceptions.InvalidSchema
        )
        if isinstance(error, permanent) or (isinstance(error, requests.exceptions.SSLError) and "CERT" in str(error)):
            return BadAnswer(reason)
        if isinstance(error, DecodeError):
            return BadAnswer(f"{what}: the body does not match its Content-Encoding")
        return Transient(reason, cut=isinstance(error, ProtocolError))


def _is_unmarked(answer: Answer) -> bool:
    """Whether nothing says how long the body is: then no body at all is no different from a lost one."""
    return answer.status == 200 and not {"content-length", "transfer-encoding"} & {*map(str.lower, answer.headers)}


def _pairs(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(request.url).query, keep_blank_values=True)


def _no_auth(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    """Given so that requests looks for no credentials of its own."""
    return prepared


def _find(error: BaseException | None, kind: type[Exception]) -> BaseException | None:
    """An error of this kind among the causes of another."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        if isinstance(one, kind):
            return one
        seen.add(id(one))
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return None


def _reason(error: Exception) -> str:
    """The innermost words: the outer ones repeat the URL."""
    inner: Any = error
    while deeper := _deeper(inner):
        inner = deeper
    words = str(inner).rpartition(">: ")[2] or type(inner).__name__
    return words if len(words) < _LONGEST_REASON else words[:_LONGEST_REASON] + "…"


def _deeper(error: Exception) -> Exception | None:
    candidates = [getattr(error, "reason", None), *error.args]
    return next((one for one in candidates if isinstance(one, Exception)), None)
