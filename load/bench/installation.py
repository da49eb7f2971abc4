"""A Gleaner with data and accounts for benchmarks, and servers that are started, watched and ended."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import requests

from gleaner.store import open_store
from gleaner.store.model import NewRecord, NewRun, Outcome
from gleaner.store.protocol import Store

TOKEN = "gleaner_token-of-the-benchmark"
PASSWORD = "password of the benchmark"
CATALOG = """
sources:
  bench:
    title: Measured records
    url: "http://127.0.0.1:1/bench"
    key: id
    time: at
    fields: {magnitude: {path: mag, type: number}, place: place, felt: {path: felt, type: integer}, kind: kind}
    schedule: "0 4 * * *"
  second: {title: Another source, url: "http://127.0.0.1:1/second", key: id, schedule: "0 5 * * *"}
  third: {title: A third source, url: "http://127.0.0.1:1/third", key: id}
reports:
  places:
    title: Places
    sources: [bench]
    sql: |
      SELECT place, count(*) AS records, round(avg(magnitude), 3) AS mean, max(magnitude) AS greatest, sum(felt) AS felt
      FROM bench GROUP BY place ORDER BY records DESC, place
    formats: [csv, xlsx, html, json]
"""
BATCH = 1000
_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 30.0


class Server:
    """A process that answers; `seconds` is what it took until its first answer."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, seconds: float) -> None:
        self.process = process
        self.url = url
        self.seconds = seconds

    def cpu(self) -> float:
        """Seconds of CPU so far, of its children too (gunicorn's worker is one)."""
        return sum(map(_cpu, (self.process.pid, *_children(self.process.pid))))

    def memory(self) -> float:
        """MiB that it holds."""
        return self._status("VmRSS")

    def peak(self) -> float:
        """MiB, the most that it ever held."""
        return self._status("VmHWM")

    def _status(self, field: str) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition(f"{field}:")[2].split()[0]) / 1024


class Installation:
    """How the measured Gleaner is started, and asked."""

    def __init__(self, environment: dict[str, str], port: int) -> None:
        self.environment = environment
        self.port = port
        self.command = [sys.executable, "-m", "gleaner", "serve"]
        self.headers = {"Authorization": f"Bearer {TOKEN}"}

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path: str) -> requests.Response:
        answer = requests.get(self.url(path), headers={**self.headers, "Accept-Encoding": "identity"}, timeout=30)
        answer.raise_for_status()
        return answer

    def log_in(self) -> requests.Session:
        session = requests.Session()
        form = session.get(self.url("/login"), timeout=30).text
        token = re.search(r'name="([^"]*csrf[^"]*)"[^>]*value="([^"]+)"', form)
        assert token, "the log-in page has no form"
        data = {token[1]: token[2], "name": "bench", "password": PASSWORD}
        session.post(self.url("/login"), data=data, timeout=30).raise_for_status()
        return session

    @staticmethod
    def free_port() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])


def installed(folder: Path, address: str, records: int, *, catalog: str = CATALOG) -> Installation:
    """With records in the store at the address, a few runs, a user and a token."""
    (folder / "catalog.yaml").write_text(catalog)
    (folder / "accounts.yaml").touch(mode=0o600)
    with closing(open_store(address)) as store:
        fill(store, 0, records)
        add_runs(store, records)
    port = Installation.free_port()
    environment = {
        **os.environ,
        "GLEANER_CATALOG": str(folder / "catalog.yaml"),
        "GLEANER_STORE": address,
        "GLEANER_SHELF": str(folder / "reports"),
        "GLEANER_ACCOUNTS": str(folder / "accounts.yaml"),
        "GLEANER_BIND": f"127.0.0.1:{port}",
    }
    _write_accounts(folder / "accounts.yaml")
    return Installation(environment, port)


def _write_accounts(path: Path) -> None:
    from gleaner.web.accounts.file import Listed, Token, User, write_listed
    from gleaner.web.accounts.passwords import Hash
    from gleaner.web.accounts.tokens import hash_token

    user = User("bench", "operator", Hash.make(PASSWORD).text)
    write_listed(path, Listed((user,), (Token("bench-token", "viewer", hash_token(TOKEN).hex()),)))


def fill(store: Store, first: int, end: int) -> None:
    """Records from this number to before that one; indexes are made afterwards, which is quicker."""
    store.index_fields("bench", {})
    for start in range(first, end, BATCH):
        store.keep_records("bench", [record(number) for number in range(start, min(start + BATCH, end))])
    store.index_fields("bench", dict.fromkeys(("magnitude", "place", "felt", "kind"), True))


def add_runs(store: Store, count: int) -> None:
    for name in ("bench", "second", "third"):
        run = store.queue_run(NewRun(application=f"collect/{name}"))
        claimed = store.claim_run("bench", [], 60.0, run_id=run.id)
        assert claimed
        store.finish_run(run.id, claimed.attempt, Outcome(state="succeeded", result={"new": count}))


def record(number: int) -> NewRecord:
    fields = {"magnitude": number % 80 / 10, "place": f"Place {number % 997}", "felt": number, "kind": "earthquake"}
    body = f'{{"at":{number},"felt":{number},"id":"r{number:07}","text":"{"x" * 400}"}}'
    return NewRecord(f'"r{number:07}"', body, number.to_bytes(16, "big"), 1_700_000_000_000 + number * 1000, fields)


@contextmanager
def started(command: list[str], environment: dict[str, str], port: int, path: str, *, core: int) -> Iterator[Server]:
    """The server on this core, once it answers."""
    with subprocess.Popen(
        ["taskset", "-c", str(core), *command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            begun = time.monotonic()
            url = f"http://127.0.0.1:{port}"
            _wait(process, url + path, begun + _PATIENCE)
            yield Server(process, url, time.monotonic() - begun)
        finally:
            process.terminate()


def _wait(process: subprocess.Popen[bytes], url: str, deadline: float) -> None:
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.01)  # a benchmark may wait: nothing tells it when a port opens
            continue
        return
    sys.exit(f"{process.args} does not answer")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
