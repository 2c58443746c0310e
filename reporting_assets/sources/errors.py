"""What can go wrong when a vendor is asked, by type: permanent, transient, or a spent budget.

Messages are one sentence each, name the endpoint by its path template and say what to do. They never hold a token, a
secret, a query value or an e-mail address: `scrub` cleans whatever a vendor wrote before it gets in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

_ADDRESS = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:]+")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]+")
MESSAGE_CHARACTERS = 300  # of a vendor's text: enough for its longest known sentence, too little for a web page


class SourceError(Exception):
    """Asking a vendor failed."""


class PermanentError(SourceError):
    """Asking again gives the same answer; somebody has to change something."""


class CredentialsError(PermanentError):
    """The credentials, or the addresses they would be sent to, are wrong."""


class MissingScopeError(PermanentError):
    """The app lacks a scope; any one of `scopes` opens the endpoint."""

    def __init__(self, message: str, scopes: Iterable[str]) -> None:
        super().__init__(message)
        self.scopes = tuple(scopes)


class PlanError(PermanentError):
    """The account's plan, features or permissions do not include the report."""


class BadRequestError(PermanentError):
    """The vendor does not accept the request as it stands."""


class RangeClampedError(BadRequestError):
    """The vendor answered for another date range than the one asked."""


class PageTokenError(BadRequestError):
    """The page token has expired or is not valid any more; the listing can be started again."""


class OutOfReachError(PermanentError):
    """The partition is older than the vendor answers for, or has not begun; no call was made."""


class SwitchedOffError(PermanentError):
    """The settings leave the report no way to be asked for; no call was made."""


class NotAvailableError(PermanentError):
    """The one item asked for does not exist, has not ended, or is hidden: a result of its request, not a failure."""


class ExpiredError(PermanentError):
    """The one item asked for is too old and will never be available again: a result, not a failure."""


class NothingError(PermanentError):
    """The one item asked for cannot have rows, such as absentees where nobody had to register: a result, no failure."""


class TransientError(SourceError):
    """Asking again later may help. `retry_after` is the vendor's own wish in seconds, if it stated one."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ServerError(TransientError):
    """The vendor failed, or answered with something that is not an answer."""


class NetworkError(TransientError):
    """No answer came: name, connection, encryption, time or a body cut short."""


class RateLimitedError(TransientError):
    """Too many requests in the current second or minute."""


class BudgetExhaustedError(SourceError):
    """The day's calls are spent; going on is possible at `resume_at` (UTC)."""

    def __init__(self, message: str, resume_at: datetime) -> None:
        super().__init__(message)
        self.resume_at = resume_at


def scrub(text: object, secrets: Iterable[str] = ()) -> str:
    """A vendor's text as one short line without e-mail addresses and without any of `secrets`."""
    line = str(text)
    for secret in secrets:
        if secret:
            line = line.replace(secret, "<secret>")
    line = _ADDRESS.sub("<address>", _BLANK.sub(" ", line)).strip()
    return line if len(line) <= MESSAGE_CHARACTERS else line[: MESSAGE_CHARACTERS - 1] + "…"
