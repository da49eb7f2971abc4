"""What the real service exports after a scripted workload, for whoever reads its metrics: dashboards, rules, tests."""

import atexit
import fcntl
import functools
import http.cookiejar
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from exported_api import catalog, serving_api
from gleaner.database.keyfile import copy_keyfile
from gleaner.web.accounts.file import Listed, Token, User, write_listed
from gleaner.web.accounts.passwords import Hash
from gleaner.web.accounts.tokens import hash_token
from mongod import Mongod, find_mongod, free_port

PATIENCE = 90.0
PASSWORD = "correct horse battery staple"
TOKEN = "gleaner_token-of-the-workload"
SECRET = {
    "keyfile": "a2V5IG9mIHRoZSBzZXQgb2YgdGhlIHdvcmtsb2Fk",
    **{f"{who}username": f"{who or 'app-'}user" for who in ("", "reader-", "admin-", "exporter-", "backup-")},
    **{f"{who}password": f"{who or 'app-'}password" for who in ("", "reader-", "admin-", "exporter-", "backup-")},
}
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
# What is looked up now and then is looked up often here.
_OFTEN = "import gleaner.running.telling as t; t.STORE_SECONDS = t.SHELF_SECONDS = t.RECORDS_SECONDS = 0.5;"
_RUN = "import sys; from gleaner.cli import main; sys.exit(main(sys.argv[1:]))"


@functools.cache
def exported() -> dict[str, str]:
    """OpenMetrics text of `web`, `collector` and, where there is a mongod, `mongodb` (the guard).

    One process of a parallel test run makes it, the others read what that one wrote.
    """
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if session is None:
        return _made()
    kept = Path(tempfile.gettempdir(), f"gleaner-exported-{session}.json")
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_text(json.dumps(_made()), encoding="utf-8")
            for file in (kept, kept.with_suffix(".lock")):
                atexit.register(file.unlink, missing_ok=True)
        return dict(json.loads(kept.read_text(encoding="utf-8")))


def has_mongod() -> bool:
    """Without one the store is SQLite, and there is neither a guard nor a pool of connections."""
    try:
        find_mongod()
    except LookupError:
        return False
    return True


def _made() -> dict[str, str]:
    with tempfile.TemporaryDirectory(prefix="gleaner-exported-") as folder, ThreadPoolExecutor(2) as threads:
        (Path(folder) / "guard").mkdir()
        guard = threads.submit(_guard, Path(folder, "guard")) if has_mongod() else None
        found = _service(Path(folder))
        return found | ({"mongodb": guard.result()} if guard else {})


# -- web and collector ---------------------------------------------------------------------------------------


def _service(folder: Path) -> dict[str, str]:
    with ExitStack() as stack:
        environment = _environment(folder, stack.enter_context(serving_api()), stack.enter_context(_store(folder)))
        web = stack.enter_context(_process(environment, "serve", "--runs", "report,retain"))
        collector = stack.enter_context(_process(environment, "work", "--runs", "collect", "--schedule"))
        site = Site(environment["GLEANER_BIND"])
        site.await_it()
        _work(site, collector)
        _visit(site)
        _break_the_shelf(site, folder / "shelf")
        _await_facts(collector, web)
        return {"web": _scrape(web), "collector": _scrape(collector)}


@contextmanager
def _store(folder: Path) -> Iterator[str]:
    if not has_mongod():
        yield f"sqlite:{folder / 'gleaner.db'}"
        return
    server = Mongod(find_mongod())
    try:
        server.start()
        yield server.address("gleaner")
    finally:
        server.remove()


def _environment(folder: Path, api: str, store: str) -> dict[str, str]:
    (folder / "catalog.yaml").write_text(catalog(api), encoding="utf-8")
    users = (User("olga", "operator", Hash.make(PASSWORD).text),)
    write_listed(folder / "accounts.yaml", Listed(users, (Token("script", "operator", hash_token(TOKEN).hex()),)))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GLEANER_")}
    return inherited | {
        "GLEANER_CATALOG": str(folder / "catalog.yaml"),
        "GLEANER_ACCOUNTS": str(folder / "accounts.yaml"),
        "GLEANER_STORE": store,
        "GLEANER_SHELF": str(folder / "shelf"),
        "GLEANER_LOGS": str(folder / "logs"),
        "GLEANER_RETAIN_AGE": "1",
        "GLEANER_OTLP_ENDPOINT": api,
        "GLEANER_TRACE_RATIO": "1",
        "GLEANER_BIND": f"127.0.0.1:{free_port()}",
    }


@contextmanager
def _process(environment: Mapping[str, str], *arguments: str) -> Iterator[str]:
    """The command as it is, with an ops port of its own, whose address it yields."""
    ops = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        [sys.executable, "-c", _OFTEN + _RUN, *arguments],
        env={**environment, "GLEANER_OPS_BIND": ops, "GLEANER_GRACE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://{ops}/metrics"
    finally:
        process.kill()
        process.wait()


def _work(site: "Site", collector: str) -> None:
    """New, changed, unchanged and bad records; failures of each kind; two reports, of which the older one goes."""
    first = {source: site.trigger(f"collect/{source}") for source in ("things", "limited", "broken", "cut")}
    for source, run in first.items():
        site.await_end(run)
        _eventually(partial(_counted, collector, f"collect/{source}"), f"the attempt on {source} is counted")
        site.get(f"/api/v1/runs/{run}/cancel", token=TOKEN, data=b"")  # what failed is not to be tried again
    runs = [site.trigger("report/all"), site.trigger("collect/things")]
    for run in runs:
        site.await_end(run)
    until = time.monotonic() + 1.1  # by then the first report is older than retention allows
    site.await_end(site.trigger("report/all"))
    _eventually(lambda: time.monotonic() > until, "the report is old")
    site.await_end(site.trigger("retain"))


def _visit(site: "Site") -> None:
    """People and programs, welcome or not, and what is not there."""
    site.log_in("not the password")
    site.log_in(PASSWORD)
    for path in ("/", "/sources/things", "/runs", "/reports", "/no-such-page", "/sources/no-such-source"):
        site.get(path)
    for path in ("/api/v1/sources", "/api/v1/sources", "/api/v1/status", "/api/v1/no-such-thing"):
        site.get(path, token=TOKEN)
    site.get("/api/v1/sources", token="gleaner_wrong")
    site.get("/readyz")


def _break_the_shelf(site: "Site", shelf: Path) -> None:
    """A page that asks for reports fails while there is no folder at all, whatever the user may do."""
    away = shelf.rename(shelf.with_name("away"))
    shelf.touch()
    assert site.get("/reports")[0] == 500
    shelf.unlink()
    away.rename(shelf)


class Site:
    """One browser, which keeps its cookies, and a program with a token."""

    def __init__(self, address: str) -> None:
        self._url = f"http://{address}"
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._browser = urllib.request.build_opener(jar)

    def await_it(self) -> None:
        _eventually(lambda: self.get("/livez")[0] == 200, "the web serves")

    def get(self, path: str, *, token: str = "", data: bytes | None = None, kind: str = "") -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Content-Type": kind} if kind else {}
        try:
            request = urllib.request.Request(self._url + path, data, headers)
            with (urllib.request.urlopen if token else self._browser.open)(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def log_in(self, password: str) -> None:
        form = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/login")[1])
        assert form, "the page has a form"
        fields = {"csrf_token": form[1], "name": "olga", "password": password}
        self.get("/login", data=urllib.parse.urlencode(fields).encode())

    def trigger(self, application: str) -> str:
        """The run's id."""
        wanted = json.dumps({"application": application}).encode()
        status, body = self.get("/api/v1/runs", token=TOKEN, data=wanted, kind="application/json")
        assert status == 202, body
        return str(json.loads(body)["id"])

    def await_end(self, run: str) -> None:
        """Of its first attempt: one that failed waits in the queue for another."""

        def ended() -> bool:
            now = json.loads(self.get(f"/api/v1/runs/{run}", token=TOKEN)[1])
            return bool(now["state"] not in {"queued", "running"} or (now["state"] == "queued" and now["attempt"]))

        _eventually(ended, f"run {run} ends")


def _await_facts(collector: str, web: str) -> None:
    """What is looked up now and then has been, after the last run."""
    _eventually(lambda: 'gleaner_source_records{source="things"} 5.0' in _scrape(collector), "records were counted")
    _eventually(lambda: 'gleaner_shelf_deletions_total{reason="age"} 1.0' in _scrape(web), "a report was deleted")
    _eventually(lambda: "gleaner_shelf_reports 1.0" in _scrape(web), "the shelf was seen")
    _eventually(lambda: 'gleaner_spans_total{outcome="exported"}' in _scrape(web), "traces were sent")


# -- the guard -----------------------------------------------------------------------------------------------


def _guard(folder: Path) -> str:
    secret, data = folder / "secret", folder / "data"
    secret.mkdir()
    data.mkdir()
    for name, value in SECRET.items():
        (secret / name).write_text(value, encoding="utf-8")
    copy_keyfile(secret / "keyfile", folder / "key")
    port = free_port()
    command = [
        *(find_mongod(), "--dbpath", str(data), "--logpath", str(folder / "log"), "--quiet", "--nounixsocket"),
        *("--bind_ip", "127.0.0.1", "--port", str(port), "--keyFile", str(folder / "key"), "--replSet", "rs0"),
        *("--oplogSize", "64", "--wiredTigerCacheSizeGB", "0.25"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    ]
    mongod = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        return _guarded(port, secret)
    finally:
        mongod.kill()
        mongod.wait()


def _guarded(port: int, secret: Path) -> str:
    ops = f"127.0.0.1:{free_port()}"
    arguments = ("--set", "rs0", "--member", f"localhost:{port}", "--port", str(port), "--credentials", str(secret))
    command = [sys.executable, "-m", "gleaner", "database", "guard", *arguments, "--bind", ops]
    guard = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://{ops}/metrics"
        _eventually(lambda: "gleaner_mongodb_primary 1.0" in _scrape(url), "the guard knows its mongod")
        _eventually(lambda: 'dependency="users"} 1.0' in _scrape(url), "the guard has made the users")
        return _scrape(url)
    finally:
        guard.kill()
        guard.wait()


def _counted(collector: str, application: str) -> bool:
    """Its runner has seen the attempt's end, which is a moment after the store has."""
    wanted = rf'^gleaner_runs_total{{application="{application}",outcome="\w+"}} [1-9]'
    return re.search(wanted, _scrape(collector), re.MULTILINE) is not None


def _scrape(url: str) -> str:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": OPENMETRICS}), timeout=30) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def _eventually(check: Callable[[], object], what: str) -> None:
    deadline, pause = time.monotonic() + PATIENCE, threading.Event()
    while not check():
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
        pause.wait(0.1)


if __name__ == "__main__":
    for process, text in exported().items():
        sys.stdout.write(f"== {process}\n{text}\n")
