"""What a sandbox is started with."""

from __future__ import annotations

import time
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from reporting_assets.sandbox.clock import parse_instant

ACCOUNT_ID = "sandbox-account"
CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105 it opens nothing but this simulation
WEBEX_CLIENT_ID = "sandbox-webex-client"
WEBEX_CLIENT_SECRET = "sandbox-webex-secret"  # noqa: S105 as above
WEBEX_REFRESH_TOKEN = "sandbox-webex-refresh-token"  # noqa: S105 as above
HISTORY_MONTHS = 15


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that decides how a sandbox behaves; the same configuration and instant give the same answers.

    Raises ValueError, one sentence, for values that cannot be.
    """

    port: int = 0  # 0: any free one
    users: int = 200  # people in the organisation, 50 to 100,000
    seed: int = 7
    plan: str = "business"  # free, pro or business: which limits and endpoints there are
    enforce_limits: bool = False
    faults: tuple[str, ...] = ()  # see faults.FAULTS; 'name' or 'name:rate'
    now: str | None = None  # ISO instant at which the data's clock stands still; None: the machine's clock
    history_start: str | None = None  # ISO date or instant of the first meetings; None: 15 months before now
    account_timezone: str = "America/Los_Angeles"  # in which dates in `from` and `to` are cut
    account_id: str = ACCOUNT_ID
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    scopes: tuple[str, ...] | None = None  # what the app may do; None: everything
    token_lifetime_seconds: int = 3600
    page_token_seconds: int = 900
    webex_client_id: str = WEBEX_CLIENT_ID
    webex_client_secret: str = WEBEX_CLIENT_SECRET
    webex_refresh_token: str = WEBEX_REFRESH_TOKEN  # the first one; it stays good unless `webex-rotate` is on
    webex_token_seconds: int = 14 * 86_400
    file_link_seconds: int = 300  # how long a link to a file sent in chat opens it
    latency_ms: int = 0

    def __post_init__(self) -> None:
        if not 50 <= self.users <= 100_000:
            raise ValueError(f"users is {self.users}; choose 50 to 100000")
        if self.plan not in ("free", "pro", "business"):
            raise ValueError(f"plan is {self.plan!r}; choose free, pro or business")
        try:
            ZoneInfo(self.account_timezone)
        except (KeyError, ValueError, OSError):
            raise ValueError(
                f"account_timezone is {self.account_timezone!r}; choose an IANA name such as Europe/London"
            ) from None
        for name in ("now", "history_start"):
            _check_instant(name, getattr(self, name))
        for name in ("faults", "scopes"):
            value = getattr(self, name)
            if isinstance(value, str):
                raise ValueError(f"{name} must be a list of names, not one text")
            object.__setattr__(self, name, None if value is None else tuple(value))

    def now_at_start(self) -> int:
        """Epoch seconds of the instant the data is seen at: where the clock stands still, or the machine's now."""
        return int(time.time()) if self.now is None else parse_instant(self.now)


def _check_instant(name: str, text: str | None) -> None:
    try:
        if text is not None:
            parse_instant(text)
    except ValueError:
        raise ValueError(f"{name} is {text!r}; write an ISO instant such as 2026-11-20T12:00:00Z") from None
