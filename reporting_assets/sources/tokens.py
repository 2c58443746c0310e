"""Zoom's access token of a server-to-server app: fetched, kept in memory, renewed before it ends or when it is refused.

One renewal at a time: however many threads find the token refused, one of them asks for a new one and all use it.
Nothing is tried again here: the client tries the whole call again, and trying twice over would multiply calls.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import orjson
import requests
from requests.auth import HTTPBasicAuth

from reporting_assets.sources.errors import CredentialsError, NetworkError, ServerError, TransientError, scrub
from reporting_assets.sources.model import ZoomConfig
from reporting_assets.sources.transport import check_address

RENEW_EARLY_SECONDS = 60.0
_CHECK_CLIENT = "check ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET"
_CHECK_ACCOUNT = "check ZOOM_ACCOUNT_ID, and that the app is a server-to-server app and activated"


REFUSED_IN_A_ROW = 3  # new tokens that no call at all was accepted with: the app is wrong, not its tokens


class Tokens:
    """The current token. Safe to use from many threads."""

    def __init__(self, session: requests.Session, config: ZoomConfig) -> None:
        check_address("ZOOM_OAUTH_URL", config.oauth_url)
        self._session = session
        self._config = config
        self._renewing = threading.Lock()
        self._token = ""
        self.scopes: frozenset[str] = frozenset()  # of the current token
        self._good_until = 0.0  # monotonic
        self._refused = 0  # tokens renewed since a call was accepted

    def current(self) -> str:
        """A token that is good for a while. Raises CredentialsError or TransientError where none can be had."""
        if time.monotonic() >= self._good_until:
            return self._renew(lambda: time.monotonic() < self._good_until)
        return self._token

    def renewed(self, refused: str) -> str:
        """A token other than `refused`, which the API did not accept. Raises as `current`."""
        return self._renew(lambda: self._token not in ("", refused), after_refusal=True)

    def accept(self) -> None:
        """A call was accepted: whatever is refused from now on was good once."""
        self._refused = 0

    @property
    def are_refused(self) -> bool:
        """Whether renewing is pointless: new tokens are issued, and the API accepts none of them from anybody."""
        return self._refused >= REFUSED_IN_A_ROW

    def _renew(self, is_done: Callable[[], bool], *, after_refusal: bool = False) -> str:
        with self._renewing:
            if not is_done():  # otherwise another thread did it while this one waited for its turn
                self._refused += after_refusal
                issued = self._ask()
                lifetime = float(issued.get("expires_in") or 3600)
                self._good_until = time.monotonic() + lifetime - min(RENEW_EARLY_SECONDS, lifetime / 2)
                self.scopes = frozenset(str(issued.get("scope") or "").replace(",", " ").split())
                self._token = issued["access_token"]
            return self._token

    def _ask(self) -> dict[str, Any]:
        config = self._config
        try:
            answer = self._session.post(
                config.oauth_url,
                data={"grant_type": "account_credentials", "account_id": config.account_id},
                auth=HTTPBasicAuth(config.client_id, config.client_secret),
                timeout=(config.connect_seconds, config.read_seconds),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise NetworkError(
                f"No token could be fetched ({type(error).__name__}); check the network and ZOOM_OAUTH_URL."
            ) from None
        try:
            body = orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            body = None
        if answer.status_code == 200 and isinstance(body, dict) and isinstance(body.get("access_token"), str):
            return body
        raise self._refusal(answer.status_code, body if isinstance(body, dict) else {})

    def _refusal(self, status: int, body: dict[str, object]) -> CredentialsError | TransientError:
        if status in (408, 429) or status >= 500 or status == 200:
            return ServerError(f"Zoom could not issue a token (HTTP {status}); try again later.")
        if 300 <= status < 400:
            return CredentialsError("The token address answered with a redirect; check ZOOM_OAUTH_URL.")
        config = self._config
        error = scrub(body.get("error") or "no reason given")
        reason = scrub(body.get("reason") or body.get("error_description") or "", (config.client_secret,))
        check = _CHECK_CLIENT if error == "invalid_client" else f"{_CHECK_CLIENT}, then {_CHECK_ACCOUNT}"
        if error in ("invalid_request", "unsupported_grant_type", "unauthorized_client"):
            check = _CHECK_ACCOUNT
        said = f"{error}: {reason}" if reason else error
        return CredentialsError(f"Zoom did not accept the credentials (HTTP {status}, {said}); {check}.")
