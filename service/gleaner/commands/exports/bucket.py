"""Exports in a bucket of S3, or of whatever speaks its protocol: an object is there when it is whole."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from gleaner.commands.exports.names import exports_among
from gleaner.commands.exports.streams import Again, Readable, piped
from gleaner.errors import GleanerError, InputError
from gleaner.settings import SecretFolder, Settings
from gleaner.telemetry.redact import protect

if TYPE_CHECKING:
    from obstore.store import S3Credential  # it is there for types only

_ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>[^?#]*?))?/?")
_PART = 8 * 1024**2  # a bucket takes 10,000 of them for an object, so 80 GB
_AT_ONCE = 2  # parts in memory while they are sent
_BLOCK = 64 * 1024
_RETRY = timedelta(seconds=30)
_RIGHTS = {
    "write": "s3:PutObject and s3:AbortMultipartUpload",
    "read": "s3:GetObject",
    "list": "s3:ListBucket",
    "drop": "s3:DeleteObject",
}
_REASONS = (  # what is in an answer -> what it means; the first that fits
    ("NoSuchBucket", "there is no bucket of this name"),
    ("NoSuchKey", "there is no object of this name"),
    ("InvalidAccessKeyId", "the access key is not known there"),
    ("SignatureDoesNotMatch", "the secret key is not that of the access key"),
    ("ExpiredToken", "the session token has expired"),
    ("403 Forbidden", "the credentials may not do that; needed: {rights}"),
    ("401 Unauthorized", "the credentials are not accepted"),
    ("404 Not Found", "there is no object or bucket of this name"),
    ("412 Precondition", "it was replaced while it was read"),
    ("error sending request", "it does not answer"),
)


class Bucket:
    """A prefix of a bucket. Each method raises GleanerError, in one line."""

    def __init__(self, address: str, settings: Settings) -> None:
        """Raises InputError for an address or settings that are wrong."""
        match = _ADDRESS.fullmatch(address)
        if not match:
            raise InputError(f"{address!r} is not an address such as s3://bucket/folder")
        self._address = address.rstrip("/")
        self._endpoint = settings.s3_endpoint or f"https://s3.{settings.s3_region}.amazonaws.com"
        self._store = _store(match["bucket"], match["prefix"] or None, self._endpoint, settings)

    def where(self, name: str) -> str:
        """What a person calls the export of this name."""
        return f"{self._address}/{name}"

    @contextmanager
    def appearing(self, name: str) -> Iterator[BinaryIO]:
        """An object that is there once all of it has arrived; else there is nothing, and its parts are given up."""

        def upload(source: Readable) -> None:
            parts = iter(lambda: source.read(_PART), b"")
            with self._telling("write", name):
                obstore.put(self._store, name, parts, use_multipart=True, chunk_size=_PART, max_concurrency=_AT_ONCE)

        with piped(upload) as file:
            yield file

    @contextmanager
    def opened(self, name: str) -> Iterator[BinaryIO]:
        """Its bytes, which can be read again from the start: always those of the same object."""
        with self._telling("read", name):
            version = obstore.head(self._store, name)["e_tag"]

        def blocks() -> Iterator[bytes]:
            with self._telling("read", name):
                found = obstore.get(self._store, name, options={"if_match": version})
                yield from map(bytes, found.stream(min_chunk_size=_BLOCK))

        with io.BufferedReader(Again(blocks)) as file:
            yield file

    def drop_older(self, keep: int) -> list[str]:
        """Remove all but the newest `keep` exports; returns those that went."""
        with self._telling("list", ""):
            names = [str(each["path"]) for some in obstore.list(self._store) for each in some]
        dropped = exports_among(names)[keep:]
        for name in dropped:
            with self._telling("drop", name):
                obstore.delete(self._store, name)
        return dropped

    @contextmanager
    def _telling(self, what: str, name: str) -> Iterator[None]:
        """What went wrong there, in one line: an answer may be a page of XML."""
        try:
            yield
        except (BaseError, FileNotFoundError) as error:
            raise GleanerError(
                f"cannot {what} {self.where(name)} at {self._endpoint}: {_reason(str(error), _RIGHTS[what])}"
            ) from None


def _store(bucket: str, prefix: str | None, endpoint: str, settings: Settings) -> S3Store:
    """Everything that it needs is said: environment variables of other programs must not lead it elsewhere."""
    credentials = _credentials(settings)
    return S3Store(
        bucket,
        prefix=prefix,
        region=settings.s3_region,
        aws_endpoint_url_s3=endpoint,
        virtual_hosted_style_request=False,
        skip_signature=False,
        disable_bulk_delete=True,  # not every store has it
        credential_provider=lambda: credentials,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": "5s",
            "read_timeout": "60s",
            "timeout": "2h",  # of one request: an import reads an object by one
            **({"root_certificate": settings.ca_bundle.read_bytes()} if settings.ca_bundle else {}),
        },
        retry_config={"max_retries": 4, "retry_timeout": _RETRY},
    )


def _credentials(settings: Settings) -> "S3Credential":
    """Access key, secret key and, if there is one, the session's token: files of a folder."""
    folder = settings.s3_credentials
    if folder is None:
        raise InputError(
            "GLEANER_S3_CREDENTIALS: must be the folder with the files access-key-id and secret-access-key"
        )
    secrets = SecretFolder(folder, protect)
    token = secrets.read("session-token") if (folder / "session-token").exists() else None
    return {
        "access_key_id": secrets.read("access-key-id"),
        "secret_access_key": secrets.read("secret-access-key"),
        "token": token,
        "expires_at": None,
    }


def _reason(answer: str, rights: str) -> str:
    for part, reason in _REASONS:
        if part in answer:
            return reason.format(rights=rights)
    return answer.splitlines()[0][:200]
