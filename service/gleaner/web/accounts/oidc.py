"""An OpenID Connect issuer: what it says of itself, its tokens, and who they speak of.

Authorization code with PKCE (RFC 7636). The ID token's signature, issuer, audience, end and nonce are verified by
Authlib and joserfc; which algorithms may sign is said here, not by the token.
"""

import json
import secrets
import threading
import time
from typing import Any

import msgspec
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from gleaner.settings import Settings

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
_TIMEOUT = (3.05, 5.0)  # seconds to connect, and between two bytes
_MOST_BYTES = 1024**2
_REMEMBER_SECONDS = 3600.0
_RETRY_SECONDS = 30.0  # between two looks for a key that is not known
_LEEWAY = 60  # seconds that clocks may differ
_SAFE = ("https://", "http://127.0.0.1:", "http://localhost:")


class IssuerTrouble(Exception):
    """The issuer does not answer, or not as the standard says."""


class TokenRefused(Exception):
    """The log-in cannot be believed."""


class Asked(msgspec.Struct, frozen=True):
    """What only this log-in knows."""

    nonce: str
    verifier: str
    callback: str


class Metadata(msgspec.Struct, frozen=True):
    """Of OpenID Connect Discovery 1.0, what is used here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class Issuer:
    """Metadata and keys are remembered for an hour; an unknown key is looked for again."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._known: tuple[Metadata, KeySet, float] | None = None

    def begin(self, callback: str, state: str) -> tuple[str, Asked]:
        """Where to send the browser, and what to remember until it comes back. Raises IssuerTrouble."""
        asked = Asked(secrets.token_urlsafe(32), secrets.token_urlsafe(48), callback)
        metadata, _ = self._metadata()
        with self._session(callback) as session:
            address, _ = session.create_authorization_url(
                metadata.authorization_endpoint, state=state, code_verifier=asked.verifier, nonce=asked.nonce
            )
        return address, asked

    def finish(self, code: str, asked: Asked) -> dict[str, Any]:
        """The claims of the person who logged in. Raises IssuerTrouble or TokenRefused."""
        metadata, keys = self._metadata()
        token = self._exchange(metadata, code, asked)
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise TokenRefused("there is no ID token")
        try:
            return self._verify(id_token, metadata, keys, asked, token.get("access_token"))
        except InvalidKeyIdError:
            metadata, keys = self._metadata(older_than=_RETRY_SECONDS)
        try:
            return self._verify(id_token, metadata, keys, asked, token.get("access_token"))
        except InvalidKeyIdError:
            raise TokenRefused("the ID token is signed with an unknown key") from None

    def _exchange(self, metadata: Metadata, code: str, asked: Asked) -> dict[str, Any]:
        try:
            with self._session(asked.callback) as session:
                token = session.fetch_token(
                    metadata.token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=asked.verifier,
                    allow_redirects=False,
                )
        except OAuthError as error:
            raise TokenRefused(f"the issuer refused the code: {error.error}") from None
        except (requests.RequestException, ValueError) as error:
            raise IssuerTrouble(f"the token endpoint does not answer properly: {type(error).__name__}") from error
        return dict(token)

    def _verify(
        self, id_token: str, metadata: Metadata, keys: KeySet, asked: Asked, access_token: str | None
    ) -> dict[str, Any]:
        """Raises InvalidKeyIdError as well, where the key is not known."""
        try:
            registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
            token = jwt.decode(id_token, keys, registry=registry)
            claims = CodeIDToken(
                token.claims,
                token.header,
                {"iss": {"essential": True, "value": metadata.issuer}, "aud": {"value": self._settings.oidc_client_id}},
                {"nonce": asked.nonce, "client_id": self._settings.oidc_client_id, "access_token": access_token},
            )
            claims.validate(leeway=_LEEWAY)
        except InvalidKeyIdError:
            raise
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefused(f"the ID token is not valid: {error}") from error
        return dict(claims)

    def _metadata(self, older_than: float = _REMEMBER_SECONDS) -> tuple[Metadata, KeySet]:
        with self._lock:
            if self._known is None or time.monotonic() - self._known[2] > older_than:
                self._known = (*self._discover(), time.monotonic())
            return self._known[:2]

    def _discover(self) -> tuple[Metadata, KeySet]:
        issuer = self._settings.oidc_issuer
        try:
            found = msgspec.convert(self._get(f"{issuer}/.well-known/openid-configuration"), Metadata)
            if found.issuer.rstrip("/") != issuer:
                raise IssuerTrouble(f"{issuer} says that it is another issuer")
            if not all(address.startswith(_SAFE) for address in msgspec.structs.astuple(found)):
                raise IssuerTrouble(f"{issuer} names an address without https")
            return found, KeySet.import_key_set(self._get(found.jwks_uri))
        except (requests.RequestException, JoseError, ValueError) as error:
            raise IssuerTrouble(f"{issuer} does not describe itself properly: {type(error).__name__}") from error

    def _get(self, address: str) -> Any:
        with (
            self._session() as session,
            session.get(address, withhold_token=True, stream=True, allow_redirects=False) as answer,
        ):
            if answer.status_code != 200:
                raise ValueError(f"status {answer.status_code}")
            return json.loads(answer.raw.read(_MOST_BYTES, decode_content=True))

    def _session(self, callback: str = "") -> OAuth2Session:
        settings = self._settings
        session = OAuth2Session(
            settings.oidc_client_id,
            settings.oidc_client_secret or None,
            scope="openid profile email",
            redirect_uri=callback,
            code_challenge_method="S256",
            default_timeout=_TIMEOUT,
        )
        session.trust_env = False  # no .netrc, no proxy: as when collecting
        session.verify = str(settings.ca_bundle) if settings.ca_bundle else True
        return session
