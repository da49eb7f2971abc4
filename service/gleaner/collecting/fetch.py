"""A page is asked for until there is a usable answer, or a reason to stop asking."""

from collections.abc import Callable
from typing import TypeVar

from gleaner.catalog.model import Disguise, OAuth2, Source
from gleaner.collecting.asking import Request, bare_request, build_request
from gleaner.collecting.auth import credentials_for
from gleaner.collecting.clock import Deadline
from gleaner.collecting.document import Document
from gleaner.collecting.exchange import Answer, Wire
from gleaner.collecting.failures import BadAnswer, CutBody, OutOfTime, Skip, Transient
from gleaner.collecting.fill import Values
from gleaner.collecting.origin import check_hop, origin_of
from gleaner.collecting.pages import Ask, is_true_like
from gleaner.collecting.retry import backoff, describe_moment, parse_retry_after
from gleaner.collecting.tally import Tally
from gleaner.collecting.tokens import TokenCache
from gleaner.collecting.traced import trying
from gleaner.errors import GleanerError, Parked
from gleaner.store.runlog import RunLog
from gleaner.telemetry.redact import redact

T = TypeVar("T")


class Fetcher:
    """Asks for pages of one source; safe to use from several threads."""

    def __init__(self, source: Source, wire: Wire, *, deadline: Deadline, tally: Tally, log: RunLog) -> None:
        self._source = source
        self._wire = wire
        self._deadline = deadline
        self._tally = tally
        self._log = log
        self._tokens = TokenCache(source, deadline.clock)

    def fetch(self, ask: Ask, values: Values) -> Document:
        """Raises Skip, Parked, OutOfTime, CutBody or another GleanerError."""
        return self._persist(lambda: self._attempt(ask, values))

    def goes_to_source(self, url: str, values: Values) -> bool:
        """Whether this URL is at the source's own origin; raises Refused when it may not be followed at all."""
        return check_hop(origin_of(values.url(self._source.url)), origin_of(url), self._source.allow_hosts)

    def _attempt(self, ask: Ask, values: Values) -> Document:
        used: list[str] = []

        def token() -> str:
            used.append(self._tokens.current(values, self._ask_for_token))
            return used[-1]

        document = Document(self._wire.exchange(self._request(ask, values, token)))
        if document.answer.status == 401 and used and document.answer.own:
            self._log.info("the access token was not accepted: fetching a new one")
            self._tokens.forget(used[-1])
            document = Document(self._wire.exchange(self._request(ask, values, token)))
        self._judge(document)
        return document

    def _request(self, ask: Ask, values: Values, token: Callable[[], str]) -> Request:
        if not ask.trusted:
            return bare_request(ask)
        return build_request(self._source, values, ask, credentials_for(self._source.auth, values, token))

    def _ask_for_token(self, request: Request) -> Answer:
        assert isinstance(self._source.auth, OAuth2), "asked for only then"

        def attempt() -> Answer:
            answer = self._wire.exchange(request, follow=False)
            if answer.status in self._source.retry.statuses:
                raise self._worth_retrying(answer, f"the token request was answered with status {answer.status}")
            return answer

        return self._persist(attempt)

    def _judge(self, document: Document) -> None:
        """Whether the answer is one: declared disguises first, then the status."""
        answer = document.answer
        for rule in self._source.errors:
            if self._applies(rule, document):
                self._follow(rule, document)
        if answer.status in self._source.retry.statuses:
            raise self._worth_retrying(answer, str(document.wrong("the answer is a failure")))
        if not 200 <= answer.status < 300:
            raise document.wrong("the answer is no success")

    def _applies(self, rule: Disguise, document: Document) -> bool:
        if rule.status is not None and rule.status != document.answer.status:
            return False
        if not rule.when:
            return rule.status is not None
        try:
            return is_true_like(document.value(rule.when))
        except BadAnswer:  # no JSON: the predicate says nothing about it
            return False

    def _follow(self, rule: Disguise, document: Document) -> None:
        reason = rule.message or f"the answer is a failure by the rule {rule.when or rule.status}"
        if rule.then == "skip":
            raise Skip(redact(f"{document.answer.shown_url}: skipped: {reason}"))
        if rule.then == "retry":
            raise self._worth_retrying(document.answer, str(document.wrong(reason)))
        raise document.wrong(reason)

    def _worth_retrying(self, answer: Answer, reason: str) -> Transient:
        told = parse_retry_after(
            answer.headers.get("Retry-After"), now=self._deadline.clock.now(), date=answer.headers.get("Date")
        )
        return Transient(reason, retry_after=told)

    def _persist(self, attempt: Callable[[], T]) -> T:
        retry = self._source.retry
        for number in range(1, retry.attempts + 1):
            try:
                with trying(number):
                    return attempt()
            except Transient as trouble:
                if number == retry.attempts:
                    raise _given_up(trouble, number) from None
                self._pause(trouble, number)
        raise AssertionError("the loop returns or raises")

    def _pause(self, trouble: Transient, number: int) -> None:
        retry, told = self._source.retry, trouble.retry_after
        if told is not None and told > retry.park:
            moment = describe_moment(self._deadline.clock.now(), told)
            raise GleanerError(f"{trouble.reason}; the API wants no request before {moment} (retry.park is shorter)")
        wait = backoff(retry, number) if told is None else told
        left = self._deadline.left()
        if told is not None:
            self._tally.waits(told)
        if told is not None and (told > retry.cap or told > left):
            moment = describe_moment(self._deadline.clock.now(), told)
            raise Parked(told, redact(f"{trouble.reason}; the API wants no request before {moment}"))
        if wait >= left:
            raise OutOfTime(f"{trouble.reason}; no time is left for another attempt (timeout.run)")
        self._log.warning(f"{trouble.reason}; trying again in {wait:.1f} s (attempt {number + 1} of {retry.attempts})")
        self._deadline.wait(wait)


def _given_up(trouble: Transient, attempts: int) -> GleanerError:
    kind = CutBody if trouble.cut else GleanerError
    return kind(f"{trouble.reason} ({attempts} attempts)" if attempts > 1 else trouble.reason)
