"""What is tried again, when, and how long at most."""

import socket
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collecting.loopback import Collecting, Reply
from gleaner.catalog.model import Retry
from gleaner.collecting.failures import CollectFailed
from gleaner.collecting.retry import backoff, parse_retry_after
from gleaner.errors import Parked


def answering(*replies: Any) -> Any:
    """Each reply once, then the last one for ever."""
    waiting: Iterator[Any] = iter(replies)
    return lambda _: next(waiting, replies[-1])


def drop(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def raw(text: bytes) -> Reply:
    """An answer byte by byte as given, then the end of the connection."""
    return Reply(script=lambda handler: handler.wfile.write(text) and None)


CUT_LENGTH = raw(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{"id": 1}')
CUT_CHUNK = raw(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n[{"id": 1}')


class TestCase4:
    """Retry-After in every form."""

    @pytest.mark.parametrize(
        ("text", "seconds"), [("0", 0), ("2", 2), ("0.493", 1), ("1.000001", 2), ("-5", 0), (" 7 ", 7)]
    )
    def test_seconds(self, text: str, seconds: float) -> None:
        """Seconds count as they are, fractions are rounded up, less than nothing is nothing."""
        assert parse_retry_after(text, now=1000.0) == seconds

    def test_date(self) -> None:
        """A date counts from now; a past one is no wait."""
        assert parse_retry_after(formatdate(1090, usegmt=True), now=1000.5) == 90
        assert parse_retry_after(formatdate(10, usegmt=True), now=1000.0) == 0

    def test_date_on_another_clock(self) -> None:
        """When our clock is ahead of the API's, its own Date keeps us from asking too early."""
        header = formatdate(1090, usegmt=True)
        assert parse_retry_after(header, now=5000.0, date=formatdate(1000, usegmt=True)) == 90

    @pytest.mark.parametrize("text", [None, "", "soon", "1h", "9" * 400, "Thu, 99 Jan 2024 00:00:00 GMT"])
    def test_unreadable(self, text: str | None) -> None:
        """What cannot be read counts as not said."""
        assert parse_retry_after(text, now=0.0) is None

    @given(st.text(max_size=40))
    def test_any_text(self, text: str) -> None:
        """No header breaks it, and none gives a negative or endless wait."""
        seconds = parse_retry_after(text, now=1000.0, date=text)
        assert seconds is None or 0 <= seconds < 10**9

    def test_waited_in_place(self, collecting: Collecting) -> None:
        """Never earlier than told, as long as the cap allows."""
        collecting.api.answer = answering(Reply(status=429, headers={"Retry-After": "7.2"}), [1])
        assert collecting(retry={"base": "1ms"}).state == "succeeded"
        assert collecting.fast.waits == [8]

    def test_parked(self, collecting: Collecting) -> None:
        """Beyond the cap the run steps aside for as long as it was told, with what was good stored."""
        replies = answering([{"id": 1}], Reply(status=503, headers={"Retry-After": "600"}))
        collecting.api.answer = replies
        with pytest.raises(Parked, match="wants no request before") as caught:
            collecting(key="id", pages={"kind": "page", "param": "p"}, retry={"cap": "60s", "park": "1h"})
        assert caught.value.seconds == 600
        assert list(collecting.stored()) == ["1"]
        assert collecting.fast.waits == []

    def test_parked_when_the_run_would_end_first(self, collecting: Collecting) -> None:
        """A wait that does not fit into the run's time parks it as well."""
        collecting.api.answer = lambda _: Reply(status=429, headers={"Retry-After": "30"})
        with pytest.raises(Parked):
            collecting(timeout={"run": "20s"})

    def test_beyond_parking(self, collecting: Collecting) -> None:
        """A wait beyond all limits fails the run and names the moment."""
        headers = {"Retry-After": formatdate(time.time() + 90000, usegmt=True)}
        collecting.api.answer = lambda _: Reply(status=429, headers=headers)
        with pytest.raises(CollectFailed, match=r"wants no request before \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"):
            collecting()
        assert len(collecting.api.asked) == 1


@given(st.integers(1, 20), st.floats(0.001, 10), st.floats(0.001, 100))
def test_backoff(attempt: int, base: float, cap: float) -> None:
    """Full jitter: from nothing to base times two to the attempts before, and never beyond the cap."""
    wait = backoff(Retry(base=base, cap=cap), attempt)  # type: ignore[arg-type]
    assert 0 <= wait <= min(cap, base * 2 ** (attempt - 1))


class TestTriedAgain:
    """What is worth another attempt."""

    @pytest.mark.parametrize(
        "trouble",
        [
            Reply(status=500),
            Reply(status=429),
            Reply(script=drop),
            CUT_LENGTH,
            CUT_CHUNK,
            raw(b"HTTP/1.1 200 OK\r\n"),
            raw(b"nonsense\r\n\r\n"),
        ],
    )
    def test_trouble_that_passes(self, collecting: Collecting, trouble: Reply) -> None:
        """Failing statuses, dropped connections and cut bodies are tried again, and the log says why."""
        collecting.api.answer = answering(trouble, trouble, [{"id": 1}])
        assert collecting(key="id").state == "succeeded"
        assert len(collecting.api.asked) == 3
        assert "trying again in" in collecting.log.text
        assert "(attempt 3 of 5)" in collecting.log.text

    def test_attempts(self, collecting: Collecting) -> None:
        """After the last attempt the run fails with the reason."""
        collecting.api.answer = lambda _: Reply({"reason": "down"}, status=503)
        with pytest.raises(CollectFailed, match=r"status 503.*down.*\(3 attempts\)") as failed:
            collecting(retry={"attempts": 3})
        assert str(failed.value).count("503") == 1
        assert collecting.log.text.count("503") == 2, "once for each attempt that is followed by another"
        assert len(collecting.api.asked) == 3

    @pytest.mark.parametrize("status", [304, 400, 401, 403, 404, 410, 501])
    def test_what_will_not_pass(self, collecting: Collecting, status: int) -> None:
        """Other statuses fail at once."""
        collecting.api.answer = lambda _: Reply(status=status)
        with pytest.raises(CollectFailed, match=f"status {status}"):
            collecting()
        assert len(collecting.api.asked) == 1

    def test_nobody_there(self, collecting: Collecting) -> None:
        """A connection that cannot be made is tried again, then fails in plain words."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        with pytest.raises(CollectFailed, match=r"GET http://127.*refused.*\(2 attempts\)"):
            collecting(url=url, retry={"attempts": 2})

    def test_posts_too(self, collecting: Collecting) -> None:
        """A POST is a query here, so it is tried again as well."""
        collecting.api.answer = answering(Reply(status=502), [1])
        assert collecting(method="POST", body={}).state == "succeeded"


class TestCutBodies:
    """A body that ends too early."""

    @pytest.mark.parametrize("cut", [CUT_LENGTH, CUT_CHUNK])
    def test_on_a_later_page(self, collecting: Collecting, cut: Reply) -> None:
        """After the last attempt the run is suspect and names the page; pages before are stored."""
        collecting.api.answer = lambda asked: [{"id": 7}] if asked.query["p"] == "1" else cut
        outcome = collecting(key="id", pages={"kind": "page", "param": "p"}, retry={"attempts": 2})
        assert outcome.state == "suspect"
        assert "page 2 was cut short" in outcome.reason
        assert list(collecting.stored()) == ["7"]

    def test_on_the_first_page(self, collecting: Collecting) -> None:
        """With nothing stored the run fails."""
        collecting.api.answer = lambda _: CUT_LENGTH
        with pytest.raises(CollectFailed):
            collecting(retry={"attempts": 2})


class TestTimeLimits:
    """A server cannot outlast a run."""

    @staticmethod
    def drip(text: bytes) -> Reply:
        def script(handler: BaseHTTPRequestHandler) -> None:
            try:
                handler.wfile.write(text)
                while True:
                    time.sleep(0.02)  # slow on purpose: this is the fault
                    handler.wfile.write(b"x")
                    handler.wfile.flush()
            except OSError:
                return

        return Reply(script=script)

    @pytest.mark.parametrize(
        "start",
        [
            b"HTTP/1.1 200 OK\r\nX-Slow: ",
            b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n[",
            b"HTTP/1.1 200 OK\r\n\r\n[",
        ],
    )
    def test_dripping(self, collecting: Collecting, start: bytes) -> None:
        """Headers or a body that drip without an end are cut off by the limit of the whole request."""
        collecting.api.answer = lambda _: self.drip(start)
        began = time.monotonic()
        with pytest.raises(CollectFailed, match=r"took longer than 0.2 s \(timeout.request\)"):
            collecting(timeout={"request": "200ms"}, retry={"attempts": 1})
        assert time.monotonic() - began < 5

    def test_dripping_chunks(self, collecting: Collecting) -> None:
        """The limit of the whole run ends a request too."""
        collecting.api.answer = lambda _: self.drip(b"HTTP/1.1 200 OK\r\n\r\n[")
        began = time.monotonic()
        with pytest.raises(CollectFailed, match=r"timeout\.run"):
            collecting(timeout={"run": "200ms"})
        assert time.monotonic() - began < 5

    def test_silence(self, collecting: Collecting) -> None:
        """A server that says nothing is given up after the read timeout."""
        replies: list[Any] = []

        def silent(handler: BaseHTTPRequestHandler) -> None:
            replies.append(handler.connection.recv(1))  # ends when the other side closes

        collecting.api.answer = lambda _: Reply(script=silent)
        with pytest.raises(CollectFailed, match=r"[Rr]ead timed out"):
            collecting(timeout={"read": "100ms"}, retry={"attempts": 1})

    def test_run_limit_between_pages(self, collecting: Collecting) -> None:
        """A run that takes too long fails, with what was good stored."""

        def answer(asked: Any) -> Any:
            collecting.fast.moved += 4
            return [{"id": int(asked.query["p"])}]

        collecting.api.answer = answer
        with pytest.raises(CollectFailed, match=r"longer than its limit of 10 s \(timeout.run\)") as caught:
            collecting(key="id", pages={"kind": "page", "param": "p"}, timeout={"run": "10s"})
        assert caught.value.result["records"]["new"] == len(collecting.stored()) == 2

    def test_backoff_beyond_the_run(self, collecting: Collecting) -> None:
        """No wait outlasts the run."""
        collecting.api.answer = lambda _: Reply(status=500)
        with pytest.raises(CollectFailed, match=r"no time is left|timeout.run"):
            collecting(timeout={"run": "2s"}, retry={"base": "100h", "cap": "1000h"})
        assert sum(collecting.fast.waits) <= 2


def test_rate(collecting: Collecting) -> None:
    """No more requests a second than the catalog allows."""
    collecting.api.answer = lambda asked: [int(asked.query["p"])] if int(asked.query["p"]) < 5 else []
    collecting(pages={"kind": "page", "param": "p"}, rate=0.1)
    assert len(collecting.fast.waits) == 4
    assert all(9 < wait <= 10 for wait in collecting.fast.waits)
