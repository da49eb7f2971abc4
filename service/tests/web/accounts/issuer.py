"""A small OpenID Connect issuer on loopback: it keeps the standard's rules, and can be told to break them."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

CLIENT, SECRET = "gleaner", "secret-of-the-client"


class Issuer:
    """`claims` go into the next ID token beside the usual ones; `sign` makes it."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("").rstrip("/")
        self.key = RSAKey.generate_key(2048, parameters={"kid": "1"})
        self.claims: dict[str, Any] = {"preferred_username": "ada", "roles": ["operator"]}
        self.metadata: dict[str, Any] = {}
        self.sign = self.sign_well
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        server.expect_request("/.well-known/openid-configuration").respond_with_handler(self._discovery)
        server.expect_request("/keys").respond_with_handler(self._keys)
        server.expect_request("/token", method="POST").respond_with_handler(self._token)

    def log_in(self, address: str) -> dict[str, str]:
        """What a person's browser does at the authorization endpoint; returns the query of the way back."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.url}/authorize"
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = f"code-{len(self._codes)}"
        self._codes[code] = query
        return {"code": code, "state": query["state"]}

    def sign_well(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)

    def sign_not(self, claims: dict[str, Any]) -> str:
        """The famous `alg: none`."""
        parts = ({"alg": "none"}, claims)
        return (
            ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."
        )

    def sign_with_the_public_key(self, claims: dict[str, Any]) -> str:
        """The other famous one: the public key taken for a shared secret."""
        text = f"{_encoded({'alg': 'HS256', 'kid': '1'})}.{_encoded(claims)}"
        return f"{text}.{_base64(hmac.digest(self.key.as_pem(private=False), text.encode(), 'sha256'))}"

    def sign_with_another_key(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": "1"}, claims, RSAKey.generate_key(2048))

    def _discovery(self, _: Request) -> Response:
        self.asked.append("discovery")
        found = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
            **self.metadata,
        }
        return Response(json.dumps(found), mimetype="application/json")

    def _keys(self, _: Request) -> Response:
        self.asked.append("keys")
        return Response(json.dumps({"keys": [self.key.as_dict(private=False)]}), mimetype="application/json")

    def _token(self, request: Request) -> Response:
        self.asked.append("token")
        asked = self._codes.pop(request.form["code"], None)
        challenge = _base64(hashlib.sha256(request.form["code_verifier"].encode()).digest())
        good = (
            asked is not None
            and request.authorization is not None
            and (request.authorization.username, request.authorization.password) == (CLIENT, SECRET)
            and challenge == asked["code_challenge"]
            and request.form["redirect_uri"] == asked["redirect_uri"]
        )
        if not good:
            return Response(json.dumps({"error": "invalid_grant"}), 400, mimetype="application/json")
        now = int(time.time())
        usual = {"iss": self.url, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims = {name: value for name, value in {**usual, **self.claims}.items() if value is not None}
        answer = {"access_token": "a", "token_type": "Bearer", "id_token": self.sign(claims)}
        return Response(json.dumps(answer), mimetype="application/json")


def _encoded(part: dict[str, Any]) -> str:
    return _base64(json.dumps(part).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
