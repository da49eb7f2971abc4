"""Who loads the target: readers and an operator as a browser makes them, and a program with a token.

Each user begins tasks by the clock, not by the end of the last one (an open model): a slow answer makes the next task
late, and how late is measured, so that no slow spell hides itself.
"""

import random
import re
import time
import uuid
from typing import Any, ClassVar

from locust import FastHttpUser, events, task

from trial.account import Account, bearer
from trial.targets import Target

BEHIND = "behind"  # the type of the event that tells how late a task began; it is no request
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_RECORD = re.compile(r'href="(/sources/[^"]+/record\?[^"]+)"')
_NEXT = re.compile(r'href="([^"]+)"[^>]*rel="next"')
_REPORT = re.compile(r'href="(/reports/[^"/]+)"')


class Visitor(FastHttpUser):
    """Begins `pace` tasks a second."""

    abstract = True
    target: ClassVar[Target]
    account: ClassVar[Account]
    pace: ClassVar[float] = 1.0
    insecure = False

    def __init__(self, *args: Any, **options: Any) -> None:
        self.host = self.target.address  # Locust lets a master say another, and that one would be sent the password
        super().__init__(*args, **options)
        self._due = time.perf_counter() + random.random() / self.pace
        self._etags: dict[str, str] = {}

    def wait_time(self) -> float:
        """Seconds until the next task is due; none when that is past."""
        self._due += 1 / self.pace
        early = self._due - time.perf_counter()
        events.request.fire(
            request_type=BEHIND,
            name=BEHIND,
            response_time=max(0.0, -early) * 1000,
            response_length=0,
            exception=None,
            context={},
        )
        return max(0.0, early)

    def look(self, name: str, path: str, **options: Any) -> Any:
        """A GET that knows what it saw before, as a browser does; the text of a new answer, else ""."""
        headers = dict(options.pop("headers", {}))
        if path in self._etags:
            headers["If-None-Match"] = self._etags[path]
        with self.client.get(
            path, name=name, headers=headers, catch_response=True, allow_redirects=False, **options
        ) as answer:
            self._check(answer, {200, 304})
            if etag := (answer.headers or {}).get("ETag"):
                self._etags[path] = etag
            return answer.text or "" if answer.status_code == 200 else ""

    def send(self, name: str, path: str, expected: set[int], **options: Any) -> Any:
        """A POST; the answer's Location."""
        with self.client.post(path, name=name, catch_response=True, allow_redirects=False, **options) as answer:
            self._check(answer, expected)
            return (answer.headers or {}).get("Location", "")

    def _check(self, answer: Any, expected: set[int]) -> None:
        if answer.status_code in expected:
            answer.success()
        else:
            answer.failure(f"status {answer.status_code}")


class Person(Visitor):
    """Logs in with the form, and again before the next task where that failed or the session is over."""

    abstract = True
    _inside = False

    def on_start(self) -> None:
        self._log_in()

    def look(self, name: str, path: str, **options: Any) -> Any:
        if not self._inside:
            self._log_in()
        return super().look(name, path, **options) if self._inside else ""

    def _log_in(self) -> None:
        if page := super().look("log-in page", "/login"):
            fields = {"name": self.account.name, "password": self.account.password, "next": "/"}
            self._inside = bool(self.form("log in", "/login", page, {303}, **fields))

    def _check(self, answer: Any, expected: set[int]) -> None:
        super()._check(answer, expected)
        if answer.status_code == 303 and 303 not in expected:  # sent to the form
            self._inside = False

    def form(self, endpoint: str, path: str, page: str, expected: set[int], **fields: str) -> Any:
        """What a browser sends when the form on this page is filled in; the answer's Location."""
        return self.send(
            endpoint,
            path,
            expected,
            data={"csrf_token": _first(_CSRF, page), **fields},
            headers={"Origin": self.target.address},
        )


class Reader(Person):
    """Looks around: the overview, records with filter and paging, one record, runs, reports."""

    @task(4)
    def overview(self) -> None:
        self.look("overview", "/")
        self.look("style sheet", "/static/gleaner.css")

    @task(4)
    def records(self) -> None:
        page = self.look("records", f"/sources/{self.target.source}")
        if more := _first(_NEXT, page):
            self.look("records, next page", more.replace("&amp;", "&"))
        if record := _first(_RECORD, page):
            self.look("one record", record.replace("&amp;", "&"))

    @task(2)
    def search(self) -> None:
        self.look("records, searched", f"/sources/{self.target.source}?q=a&sort=-time")

    @task(1)
    def runs(self) -> None:
        self.look("runs", "/runs")

    @task(1)
    def reports(self) -> None:
        if report := _first(_REPORT, self.look("reports", "/reports")):
            self.look("one report", report)


class Operator(Person):
    """Triggers, watches, cancels what still goes on."""

    @task
    def trigger(self) -> None:
        application = f"/applications/{self.target.application}"
        page = self.look("application", application)
        place = self.form("trigger", application, page, {303, 409})
        if place:
            path = re.sub(r"^https?://[^/]+", "", place)
            run = self.look("run", path)
            if "cancel" in run:
                self.form("cancel", f"{path}/cancel", run, {303, 409})


class Client(Visitor):
    """A program: asks what changed, walks the records by cursor, triggers so that twice is once."""

    @property
    def _known(self) -> dict[str, str]:
        return bearer(self.account.token)

    @task(6)
    def sources(self) -> None:
        self.look("API sources", "/api/v1/sources", headers=self._known)

    @task(3)
    def walk(self) -> None:
        path: str | None = f"/api/v1/sources/{self.target.source}/records?limit=100"
        for _ in range(3):
            with self.client.get(path, name="API records", headers=self._known, catch_response=True) as answer:
                self._check(answer, {200})
                following = answer.json().get("next") if answer.status_code == 200 else None
            if not following:
                return
            path = f"/api/v1/sources/{self.target.source}/records?limit=100&cursor={following}"

    @task(1)
    def trigger(self) -> None:
        if not self.target.application:
            return
        headers = {**self._known, "Idempotency-Key": uuid.uuid4().hex}
        order = {"application": self.target.application, "parameters": {}}
        for _ in range(2):
            self.send("API trigger", "/api/v1/runs", {202, 409}, json=order, headers=headers)


KINDS: dict[str, type[Visitor]] = {"reader": Reader, "client": Client, "operator": Operator}


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""
