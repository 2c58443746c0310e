"""Webex's tokens: a refresh token gives an access token for two weeks, and perhaps another refresh token.

Tokens are signed rather than remembered, because a client keeps them longer than a sandbox lives: every sandbox of the
same app accepts them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from hashlib import blake2b
from urllib.parse import parse_qs

from reporting_assets.sandbox.answers import Answer
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.webex.errors import WebexError

REFRESH_SECONDS = 90 * 86_400
_ACCESS, _REFRESH = "access", "refresh"


class Tokens:
    """The tokens of one integration. With `rotates`, a refresh token is good once and brings the next."""

    def __init__(self, config: Config, scopes: tuple[str, ...], *, rotates: bool) -> None:
        self._config = config
        self._scopes = scopes
        self._rotates = rotates
        self._key = blake2b(f"{config.webex_client_id}:{config.webex_client_secret}".encode(), digest_size=32).digest()
        self._spent: set[str] = set()
        self._revoked_until = 0  # nanoseconds: access tokens issued until then are refused

    def issue(self, form: str) -> Answer:
        """Answer a token request: grant, client and refresh token in the form."""
        fields: Mapping[str, list[str]] = parse_qs(form)
        sent = fields.get("refresh_token", [""])[0]
        client = (fields.get("client_id"), fields.get("client_secret"))
        if client != ([self._config.webex_client_id], [self._config.webex_client_secret]):
            raise WebexError(401, "The client credentials are invalid.")
        if fields.get("grant_type") != ["refresh_token"]:
            raise WebexError(400, "The grant type is not supported.")
        is_first = sent == self._config.webex_refresh_token
        if sent in self._spent or not (is_first or self._age(_REFRESH, sent) < REFRESH_SECONDS):
            raise WebexError(400, "The refresh token provided is expired, revoked, malformed or invalid.")
        if self._rotates:
            self._spent.add(sent)
        return Answer(
            {
                "access_token": self._token(_ACCESS),
                "token_type": "Bearer",
                "expires_in": self._config.webex_token_seconds,
                "refresh_token": self._token(_REFRESH) if self._rotates else sent,
                "refresh_token_expires_in": REFRESH_SECONDS,
                "scope": " ".join(self._scopes),
            }
        )

    def check(self, authorization: str) -> None:
        """Raise 401 where the bearer token is missing, unknown, revoked or expired."""
        kind, _, token = authorization.partition(" ")
        age = self._age(_ACCESS, token.strip()) if kind.lower() == "bearer" else float("inf")
        if age >= self._config.webex_token_seconds or self._issued(token.strip()) <= self._revoked_until:
            raise WebexError(401, "The request requires a valid access token set in the Authorization request header.")

    def check_scope(self, accepted: tuple[str, ...]) -> None:
        """Raise 403 where the app has none of the scopes that open an endpoint."""
        if not set(accepted) & set(self._scopes):
            raise WebexError(403, "The access token is missing required scopes or the user is missing required roles.")

    def revoke_all(self) -> None:
        """Refuse every access token issued so far."""
        self._revoked_until = time.time_ns()

    def _token(self, kind: str) -> str:
        return self._signed(kind, str(time.time_ns()))

    def _signed(self, kind: str, issued: str) -> str:
        sign = blake2b(f"{kind}.{issued}".encode(), key=self._key, digest_size=20).hexdigest()
        return f"{issued}.{sign}"

    def _age(self, kind: str, token: str) -> float:
        """Seconds since a token of this kind was issued; infinite for what is none."""
        issued, _, _ = token.partition(".")
        if not issued.isascii() or not issued.isdigit() or token != self._signed(kind, issued):
            return float("inf")
        return (time.time_ns() - int(issued)) / 1e9

    @staticmethod
    def _issued(token: str) -> int:
        return int(token.partition(".")[0])
