"""Exports in a bucket, against a server that speaks the protocol of S3."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from commands.conftest import Home
from gleaner.commands.exports.bucket import Bucket
from gleaner.commands.exports.names import new_name
from gleaner.errors import GleanerError
from gleaner.settings import Settings
from gleaner.telemetry.redact import redact
from mongod import free_port

FIRST = datetime(2020, 1, 1)  # noqa: DTZ001 - the strategy adds the zone elsewhere
BUCKET = "gleaner-backups"
PART = 8 * 1024**2
KEYS = {"access-key-id": "key-of-the-test", "secret-access-key": f"secret-of-{uuid4().hex}"}

REFUSALS = {  # what a server says -> its status, what is told
    "AccessDenied": (403, "the credentials may not do that; needed: s3:PutObject and s3:AbortMultipartUpload"),
    "InvalidAccessKeyId": (403, "the access key is not known there"),
    "SignatureDoesNotMatch": (403, "the secret key is not that of the access key"),
    "ExpiredToken": (400, "the session token has expired"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of the server."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def client(server: str) -> Iterator[Any]:
    """Another program's view of the bucket, which is empty."""
    client = boto3.client(
        "s3",
        endpoint_url=server,
        region_name="us-east-1",
        aws_access_key_id="another",
        aws_secret_access_key="another",
    )
    client.create_bucket(Bucket=BUCKET)
    yield client
    for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=each["Key"])
    client.close()


@pytest.fixture
def options(client: Any, server: str, tmp_path: Path) -> Settings:
    folder = tmp_path / "s3"
    folder.mkdir()
    for name, value in KEYS.items():
        (folder / name).write_text(f"{value}\n")
    return Settings(s3_endpoint=server, s3_credentials=folder)


@pytest.fixture
def store(home: Home, options: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """Settings that lead to the bucket; the address of a folder in it."""
    monkeypatch.setenv("GLEANER_S3_ENDPOINT", options.s3_endpoint)
    monkeypatch.setenv("GLEANER_S3_CREDENTIALS", str(options.s3_credentials))
    return f"s3://{BUCKET}/nightly"


def names(client: Any) -> list[str]:
    return [each["Key"] for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def put(options: Settings, name: str, *blocks: bytes) -> None:
    with Bucket(f"s3://{BUCKET}/a", options).appearing(name) as file:
        file.writelines(blocks)


def got(options: Settings, name: str) -> bytes:
    with Bucket(f"s3://{BUCKET}/a", options).opened(name) as file:
        return file.read()


def test_an_export_comes_back(home: Home, store: str, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named by the time, older ones go, what else is there stays, and it restores an empty store."""
    home("run", "collect/quakes")
    for name in ("gleaner-20250101T000000Z.jsonl", "gleaner-20250102T000000Z.jsonl.age", "notes.txt"):
        client.put_object(Bucket=BUCKET, Key=f"nightly/{name}", Body=b"")
    client.put_object(Bucket=BUCKET, Key="gleaner-20250101T000000Z.jsonl", Body=b"")
    said = home.json("export", f"{store}/", "--keep", "2")
    name = said["file"].removeprefix("s3://gleaner-backups/")
    kept = ["nightly/gleaner-20250102T000000Z.jsonl.age", name, "nightly/notes.txt"]
    assert names(client) == ["gleaner-20250101T000000Z.jsonl", *kept]
    monkeypatch.setenv("GLEANER_STORE", f"sqlite:{home.folder / 'other.db'}")
    assert home.json("import", said["file"])["records"] == 6


def test_an_encrypted_export_comes_back(
    home: Home, store: str, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What arrives there is encrypted already; one that was cut off there is refused before anything is touched."""
    ours = pyrage.x25519.Identity.generate()
    (tmp_path / "recipients").write_text(str(ours.to_public()))
    (tmp_path / "identity").write_text(str(ours))
    home("run", "collect/quakes")
    file = home.json("export", store, "--recipients", str(tmp_path / "recipients"))["file"]
    (key,) = names(client)
    body = client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert body.startswith(b"age-encryption.org/v1")
    monkeypatch.setenv("GLEANER_STORE", f"sqlite:{home.folder / 'other.db'}")
    client.put_object(Bucket=BUCKET, Key=f"{key}.cut", Body=body[:-1])
    home("import", f"{file}.cut", "--identity", str(tmp_path / "identity"), expect=2)
    assert "cut off" in home.error
    assert home.json("runs")["runs"] == []
    assert home.json("import", file, "--identity", str(tmp_path / "identity"))["records"] == 6


@pytest.mark.parametrize("size", [1, PART, PART + 1, 3 * PART + 5])
def test_every_size_comes_back(size: int, options: Settings) -> None:
    """Less than a part, parts without a rest, and with one."""
    block = bytes(range(256)) * (size // 256 + 1)
    put(options, "big", block[:size])
    assert got(options, "big") == block[:size]


@settings(max_examples=10)
@given(times=st.sets(st.datetimes(min_value=FIRST), max_size=8), keep=st.integers(1, 5))
def test_the_newest_are_kept(times: set[datetime], keep: int) -> None:
    """As in a folder of files."""
    exports = [new_name(time.replace(tzinfo=UTC), sealed=time.day % 2 == 0) for time in times]
    deleted: list[str] = []
    with pretended(["notes.txt", *exports], deleted) as bucket:
        assert bucket.drop_older(keep) == deleted == sorted(exports, reverse=True)[keep:]


@contextmanager
def pretended(found: list[str], deleted: list[str]) -> Iterator[Bucket]:
    """A bucket with objects of these names, without a server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gleaner.commands.exports.bucket._store", lambda *_: None)
        patch.setattr("obstore.list", lambda _: iter([[{"path": name} for name in found]]))
        patch.setattr("obstore.delete", lambda _, name: deleted.append(name))
        yield Bucket("s3://bucket", Settings())


def test_an_upload_that_fails_leaves_nothing(client: Any, options: Settings) -> None:
    """Neither an object nor parts, which would be paid for; what was there under the name stays."""
    put(options, "a", b"before")
    with pytest.raises(KeyError), Bucket(f"s3://{BUCKET}/a", options).appearing("a") as file:
        raise KeyError(file.write(b"x" * (2 * PART)))
    assert got(options, "a") == b"before"
    assert "Uploads" not in client.list_multipart_uploads(Bucket=BUCKET)


def test_an_object_that_is_replaced_meanwhile_is_refused(options: Settings) -> None:
    """What is imported is what was checked."""
    put(options, "a", b"first")
    with Bucket(f"s3://{BUCKET}/a", options).opened("a") as file:
        assert file.read() == b"first"
        put(options, "a", b"second")
        file.seek(0)
        with pytest.raises(GleanerError, match="was replaced while it was read"):
            file.read()


def test_the_environment_of_other_programs_does_not_count(options: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of AWS do not lead to another place."""
    for name in ("AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_BUCKET", "another")
    put(options, "a", b"here")
    assert got(options, "a") == b"here"


def test_credentials_are_those_of_the_files(
    httpserver: HTTPServer, options: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests are signed with them and carry the token of the session, if there is one; no text shows them."""
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(status=404)

    folder = options.s3_credentials
    assert folder
    (folder / "session-token").write_text("token-of-the-session")
    bucket = Bucket("s3://bkt/c", Settings(s3_endpoint=httpserver.url_for("").rstrip("/"), s3_credentials=folder))
    httpserver.expect_request("/bkt/c/a").respond_with_handler(answer)
    with pytest.raises(GleanerError, match="no object or bucket"), bucket.opened("a"):
        pass
    assert seen[0].headers["X-Amz-Security-Token"] == "token-of-the-session"
    assert f"Credential={KEYS['access-key-id']}/" in seen[0].headers["Authorization"]
    assert redact(KEYS["secret-access-key"]) == "***"


def error(home: Home, *arguments: str, expect: int = 1) -> str:
    """The one line that is told."""
    home(*arguments, expect=expect)
    assert len(home.error.splitlines()) == 1
    assert KEYS["secret-access-key"] not in home.error
    return home.error.strip()


def test_a_bucket_that_is_not_there(home: Home, store: str, options: Settings) -> None:
    """What, where and why."""
    said = error(home, "export", "s3://other-bucket/nightly")
    assert said.startswith("gleaner: cannot write s3://other-bucket/nightly/gleaner-")
    assert said.endswith(f"at {options.s3_endpoint}: there is no bucket of this name")


def test_an_object_that_is_not_there(home: Home, store: str) -> None:
    """What, where and why."""
    assert error(home, "import", f"{store}/none").endswith(": there is no object or bucket of this name")


@pytest.mark.parametrize("code", REFUSALS)
def test_no_rights(code: str, home: Home, store: str, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the credentials lack, and what is needed."""
    status, told = REFUSALS[code]
    body = f"<Error>\n<Code>{code}</Code><Message>m</Message></Error>"
    httpserver.expect_request(re.compile(f"/{BUCKET}/.*"), method="POST").respond_with_data(body, status)
    monkeypatch.setenv("GLEANER_S3_ENDPOINT", httpserver.url_for("").rstrip("/"))
    assert error(home, "export", store).endswith(told)


def test_a_server_that_does_not_answer(home: Home, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a few attempts."""
    monkeypatch.setenv("GLEANER_S3_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    assert error(home, "export", store).endswith(": it does not answer")


@pytest.mark.parametrize(
    "address", ["s3://", "s3://A_B/c", "s3:///c", "s3://me:pw@host/c?d", "gs://bucket/c", "https://bucket/c"]
)
def test_an_address_that_is_none(address: str, home: Home, store: str) -> None:
    """What is allowed is told."""
    assert "address such as s3://bucket/folder" in error(home, "export", address, expect=2)


def test_credentials_that_are_missing(
    home: Home, store: str, options: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is named; without a folder the setting is."""
    assert options.s3_credentials
    (options.s3_credentials / "secret-access-key").unlink()
    assert "cannot read" in error(home, "export", store, expect=2)
    monkeypatch.delenv("GLEANER_S3_CREDENTIALS")
    assert "GLEANER_S3_CREDENTIALS" in error(home, "export", store, expect=2)
