"""One stream of pages: asked for, stored, and checked for completeness.

Most sources have one stream; a source with `for_each` has one for each parent.
"""

from collections.abc import Callable

import msgspec

from gleaner.catalog.model import Source
from gleaner.collecting.document import Document, Found
from gleaner.collecting.facts import read_facts
from gleaner.collecting.failures import CutBody, Skip
from gleaner.collecting.fetch import Fetcher
from gleaner.collecting.fill import Values
from gleaner.collecting.guard import LoopGuard
from gleaner.collecting.keeper import PageTaker
from gleaner.collecting.pages import Ask, first_ask, next_ask
from gleaner.collecting.tally import Tally
from gleaner.store.runlog import RunLog

AfterPage = Callable[["Stream"], None]


class Stream:
    """Collects all pages of one stream. `doubts` says why its records may be incomplete."""

    def __init__(
        self,
        source: Source,
        *,
        fetcher: Fetcher,
        values: Values,
        taker: PageTaker,
        tally: Tally,
        log: RunLog,
        after_page: AfterPage = lambda _: None,
    ) -> None:
        self._source = source
        self._fetcher = fetcher
        self._values = values
        self._taker = taker
        self._tally = tally
        self._log = log
        self._after_page = after_page
        self._guard = LoopGuard(same_token=source.pages.same_token)
        self.doubts: list[str] = []
        self.pages = self.received = 0
        self.total: int | None = None
        self.is_limited = False

    def collect(self) -> None:
        """Raises what `Fetcher.fetch` raises, except for a body that is cut after pages were stored."""
        ask: Ask | None = first_ask(self._source.pages)
        try:
            while ask is not None:
                ask = self._page(ask)
        except Skip as skipped:
            self._log.info(str(skipped))
        except CutBody as cut:
            if not self.pages:
                raise
            self.doubts.append(f"page {self.pages + 1} was cut short: {cut}")
        else:
            self._check_total()

    def _page(self, ask: Ask) -> Ask | None:
        """Fetch and store one page; returns what to ask for next."""
        document = self._fetcher.fetch(ask, self._values)
        found = find_records(self._source, document)
        if found.single:
            self._log.info(f"page {ask.number} holds a single object: taken as one record")
        taken = self._taker.take(ask.number, found)
        self.pages += 1
        self.received += taken.fresh
        self._tally.add(pages=1)
        if stalled := self._guard.repeated_page(ask.number, taken.fingerprint):
            self.doubts.append(stalled)
            return None
        following = self._following(ask, document, taken.records)
        self._after_page(self)
        return following

    def _following(self, ask: Ask, document: Document, count: int) -> Ask | None:
        facts = read_facts(self._source, document, count=count, received=self.received, total=self.total)
        self.total = facts.total
        following = next_ask(self._source.pages, ask, facts)
        if following is None:
            if facts.more:
                self.doubts.append(f"page {ask.number} says that there is more, but not where")
            return None
        if stalled := self._guard.repeated_ask(following, ask.number):
            self.doubts.append(stalled)
            return None
        if ask.number >= self._source.pages.limit:
            self._stop_at_limit(ask.number)
            return None
        return self._with_trust(ask, following, document)

    def _with_trust(self, ask: Ask, following: Ask, document: Document) -> Ask:
        """Whether credentials may go along; raises Refused when the URL may not be followed."""
        if not following.url:
            return following
        own = self._fetcher.goes_to_source(following.url, self._values)
        trusted = own and ask.trusted and document.answer.own
        if not trusted and ask.trusted:
            self._log.info(f"page {following.number} is at another allowed host: asked for without credentials")
        return msgspec.structs.replace(following, trusted=trusted)

    def _stop_at_limit(self, number: int) -> None:
        self.is_limited = True
        text = f"stopped at page {number}, the limit of pages, while there was more"
        if self._source.pages.on_limit == "suspect":
            self.doubts.append(text)
        else:
            self._log.info(text)

    def _check_total(self) -> None:
        if not self._source.pages.stop.total or self.is_limited or self.doubts:
            return
        if self.total is None:
            self.doubts.append(f"no page has the declared total at {self._source.pages.stop.total}")
        elif self.total != self.received:
            self.doubts.append(f"the API declares {self.total} records, {self.received} were received")


def find_records(source: Source, document: Document) -> Found:
    """The records of an answer; raises BadAnswer where there should be some and are none."""
    wanted = source.records
    if document.is_empty:
        if wanted.optional:
            return Found([])
        raise document.wrong("the answer is empty; set records.optional: true if that means no records")
    found = document.records(wanted.path)
    if found is not None:
        return found
    if wanted.optional:
        return Found([])
    keys = ", ".join(document.names()[:10])
    raise document.wrong(
        f"the records path {wanted.path} matches nothing" + (f"; the answer has {keys}" if keys else "")
    )
