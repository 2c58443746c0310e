"""Server-to-server OAuth: issues tokens, checks them, lets them expire."""

from __future__ import annotations

import base64
import binascii
import time
from collections import OrderedDict
from urllib.parse import parse_qs

from reporting_assets.sandbox.answers import Answer, ApiError
from reporting_assets.sandbox.identifiers import opaque_id

_TOKENS_KEPT = 1000


class Tokens:
    """The tokens in circulation, of one app."""

    def __init__(
        self, *, account_id: str, client_id: str, client_secret: str, scopes: tuple[str, ...], lifetime_seconds: int
    ) -> None:
        self._account_id = account_id
        self._client = f"{client_id}:{client_secret}"
        self._scopes = scopes
        self._lifetime = lifetime_seconds
        self._issued = 0
        self._expiry: OrderedDict[str, float] = OrderedDict()

    def issue(self, authorization: str, query: str, form: str, api_url: str) -> Answer:
        """Answer a token request: Basic authorization, grant and account in the form or the query."""
        fields = parse_qs(form)
        for name, values in parse_qs(query).items():
            fields.setdefault(name, values)
        if self._basic(authorization) != self._client:
            return Answer({"reason": "Invalid client_id or client_secret", "error": "invalid_client"}, 401)
        if fields.get("grant_type") != ["account_credentials"]:
            return Answer({"reason": "unsupported grant type", "error": "unsupported_grant_type"}, 400)
        if fields.get("account_id") != [self._account_id]:
            return Answer({"reason": "Bad request", "error": "invalid_request"}, 400)
        self._issued += 1
        token = f"{opaque_id(self._client, self._issued)}.{opaque_id(self._account_id, self._issued)}"
        self._expiry[token] = time.monotonic() + self._lifetime
        if len(self._expiry) > _TOKENS_KEPT:
            self._expiry.popitem(last=False)
        return Answer(
            {
                "access_token": token,
                "token_type": "bearer",
                "expires_in": self._lifetime,
                "scope": " ".join(self._scopes),
                "api_url": api_url,
            }
        )

    def check(self, authorization: str) -> None:
        """Raise code 124 where the bearer token is missing, unknown or expired."""
        kind, _, token = authorization.partition(" ")
        expiry = self._expiry.get(token.strip()) if kind.lower() == "bearer" else None
        if expiry is None:
            raise ApiError(401, 124, "Invalid access token.")
        if time.monotonic() >= expiry:
            raise ApiError(401, 124, "Access token is expired.")

    def check_scope(self, accepted: tuple[str, ...]) -> None:
        """Raise code 4711 where the app has none of the scopes that open an endpoint."""
        if not set(accepted) & set(self._scopes):
            raise ApiError(400, 4711, f"Invalid access token, does not contain scopes:[{', '.join(accepted)}].")

    def revoke_all(self) -> None:
        """Forget every token, as a server does that restarts."""
        self._expiry.clear()

    @staticmethod
    def _basic(authorization: str) -> str:
        kind, _, value = authorization.partition(" ")
        if kind.lower() != "basic":
            return ""
        try:
            return base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return ""
