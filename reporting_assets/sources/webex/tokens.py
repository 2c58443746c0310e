"""Webex's tokens: an access token for two weeks, got with a refresh token that may be replaced each time.

Whatever refresh token comes back is kept, before anything else is done: without it nobody could ever ask again but with
a new authorization. One renewal at a time over all processes, which share what it brought through `store`. Nothing is
tried again here: the client tries the whole call again.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from typing import Any

import requests

from reporting_assets.sources.errors import CredentialsError, NetworkError, ServerError, TransientError, scrub
from reporting_assets.sources.transport import Answer, retry_after
from reporting_assets.sources.webex.model import WebexConfig
from reporting_assets.sources.webex.store import Stored, TokenFile

RENEW_EARLY_SECONDS = 3600.0  # a long fetch should not have to renew in its middle
REFUSED_IN_A_ROW = 3  # new tokens that no call at all was accepted with: the app is wrong, not its tokens
WARN_DAYS = 14  # before the refresh token ends
_DAY_SECONDS = 86_400
_ACCESS_SECONDS = 14 * _DAY_SECONDS  # where the vendor does not say
_AUTHORIZE = "authorize the app again and set the new WEBEX_REFRESH_TOKEN"
_log = logging.getLogger(__name__)


class Tokens:
    """The current access token. Safe to use from many threads and processes."""

    def __init__(self, session: requests.Session, config: WebexConfig) -> None:
        self._session = session
        self._config = config
        self._file = TokenFile(config.token_file)
        self._origin = hashlib.sha256(f"{config.client_id}\n{config.refresh_token}".encode()).hexdigest()
        self._renewing = threading.Lock()
        self._held: Stored | None = None
        self._refused = 0  # tokens renewed since a call was accepted
        self._has_warned = False

    def current(self) -> str:
        """A token that is good for a while. Raises CredentialsError or TransientError where none can be had."""
        held = self._held
        if held is not None and _is_good(held):
            return held.access_token
        return self._settled(refused="").access_token

    def renewed(self, refused: str) -> str:
        """A token other than `refused`, which the API did not accept. Raises as `current`."""
        return self._settled(refused).access_token

    def accept(self) -> None:
        """A call was accepted: whatever is refused from now on was good once."""
        self._refused = 0

    @property
    def are_refused(self) -> bool:
        """Whether renewing is pointless: new tokens are issued, and the API accepts none of them from anybody."""
        return self._refused >= REFUSED_IN_A_ROW

    @property
    def scopes(self) -> frozenset[str]:
        """What the token is for; empty where Webex did not say, or no token was needed yet."""
        return frozenset(self._held.scopes) if self._held else frozenset()

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that must not be told, to be cut out of what the vendor writes."""
        held = self._held
        kept = (held.refresh_token, held.access_token) if held else ()
        return (self._config.client_secret, self._config.refresh_token, *kept)

    def _settled(self, refused: str) -> Stored:
        """Tokens whose access token is good and is not `refused`: what is held, what another process got, or new ones."""
        with self._renewing:
            if self._held is None or self._held.access_token == refused or not _is_good(self._held):
                self._refused += bool(refused)
                with self._file.locked():
                    stored = self._ours(self._file.read())
                    if stored is None or stored.access_token == refused or not _is_good(stored):
                        stored = self._renew(stored)
                    self._held = stored
            self._warn(self._held)
            return self._held

    def _ours(self, stored: Stored | None) -> Stored | None:
        """What is kept, unless the settings have another app or refresh token since: then that one wins."""
        return stored if stored is not None and stored.origin == self._origin else None

    def _renew(self, stored: Stored | None) -> Stored:
        self._file.check()
        spent = stored.refresh_token if stored else self._config.refresh_token
        issued = self._ask(spent)
        now = time.time()
        lifetime = _number(issued.get("expires_in")) or _ACCESS_SECONDS
        refresh_seconds = _number(issued.get("refresh_token_expires_in"))
        # Where no other refresh token comes back, the one that was used goes on, and so does its end.
        is_new = bool(issued.get("refresh_token")) and issued.get("refresh_token") != spent
        known_end = stored.refresh_ends_at if stored and not is_new else 0.0
        renewed = Stored(
            origin=self._origin,
            refresh_token=str(issued.get("refresh_token") or spent),
            access_token=str(issued["access_token"]),
            renew_at=now + lifetime - min(RENEW_EARLY_SECONDS, lifetime / 2),
            refresh_ends_at=now + refresh_seconds if refresh_seconds else known_end,
            scopes=tuple(sorted(str(issued.get("scope") or "").replace(",", " ").split())),
        )
        self._file.write(renewed)
        return renewed

    def _ask(self, refresh_token: str) -> dict[str, Any]:
        config = self._config
        try:
            response = self._session.post(
                f"{config.api_url.rstrip('/')}/access_token",
                data={
                    "grant_type": "refresh_token",
                    "client_id": config.client_id,
                    "client_secret": config.client_secret,
                    "refresh_token": refresh_token,
                },
                auth=lambda prepared: prepared,  # none, so that a ~/.netrc cannot add its own
                timeout=(config.connect_seconds, config.read_seconds),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise NetworkError(
                f"No Webex token could be fetched ({type(error).__name__}); check the network and WEBEX_API_URL."
            ) from None
        answer = Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, response.content)
        body = answer.json
        if answer.status == 200 and body is not None and isinstance(body.get("access_token"), str):
            return body
        raise self._refusal(answer, (config.client_secret, config.refresh_token, refresh_token))

    def _refusal(self, answer: Answer, secrets: tuple[str, ...]) -> CredentialsError | TransientError:
        status = answer.status
        if status in (408, 423, 429) or status >= 500 or status == 200:
            return ServerError(f"Webex could not issue a token (HTTP {status}); try again later.", retry_after(answer))
        if 300 <= status < 400:
            return CredentialsError("Webex's token address answered with a redirect; check WEBEX_API_URL.")
        if status == 404:
            return CredentialsError("Webex's token address is not there (HTTP 404); check WEBEX_API_URL.")
        said = _said(answer, secrets)
        about = f"HTTP {status}, {said}" if said else f"HTTP {status}"
        if "refresh" in said.lower():
            return CredentialsError(
                f"Webex did not accept the refresh token ({about}): it ends when it is not used for 90 days, and when it is "
                f"revoked; {_AUTHORIZE}."
            )
        return CredentialsError(
            f"Webex did not accept the credentials ({about}); check WEBEX_CLIENT_ID and WEBEX_CLIENT_SECRET, and if they are "
            f"right, {_AUTHORIZE}."
        )

    def _warn(self, held: Stored) -> None:
        days = (held.refresh_ends_at - time.time()) / _DAY_SECONDS
        if held.refresh_ends_at and days < WARN_DAYS and not self._has_warned:
            self._has_warned = True
            _log.warning("Webex's refresh token ends in %d days; %s before that.", max(0, int(days)), _AUTHORIZE)


def _is_good(stored: Stored) -> bool:
    return bool(stored.access_token) and time.time() < stored.renew_at


def _said(answer: Answer, secrets: tuple[str, ...]) -> str:
    """The vendor's own words, without its id of the call: two equal refusals read alike."""
    body = answer.json or {}
    details = body.get("errors")
    first = details[0] if isinstance(details, list) and details and isinstance(details[0], dict) else {}
    text = first.get("description") or body.get("message") or body.get("error_description") or body.get("error") or ""
    return scrub(text, (*secrets, str(body.get("trackingId") or ""))).rstrip(". ")


def _number(value: object) -> float:
    try:
        return max(0.0, float(str(value)))
    except ValueError:
        return 0.0
