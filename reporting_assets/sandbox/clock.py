"""Time in the sandbox: the instant the simulated data is seen at, and how instants are written."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """The simulation's now: the machine's clock, or an instant at which it stands still.

    Only data looks at it. Tokens, rate limits and delays always run on real time, as clients do.
    """

    def __init__(self, frozen_at: int | None) -> None:
        self._frozen_at = frozen_at

    def now(self) -> int:
        """Epoch seconds."""
        return int(time.time()) if self._frozen_at is None else self._frozen_at


def parse_instant(text: str) -> int:
    """Epoch seconds of an ISO 8601 instant; without an offset it is UTC. ValueError where it is none."""
    parsed = datetime.fromisoformat(text)
    return int((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp())


def iso(instant: int) -> str:
    """`2026-11-20T09:30:00Z`."""
    return f"{datetime.fromtimestamp(instant, UTC).isoformat()[:19]}Z"


def us_minute(instant: int) -> str:
    """`11/20/2026 09:30`."""
    return datetime.fromtimestamp(instant, UTC).strftime("%m/%d/%Y %H:%M")


def clock_text(seconds: int) -> str:
    """`mm:ss`, or `hh:mm:ss` from an hour on."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours:02}:{minutes:02}:{left:02}" if hours else f"{minutes:02}:{left:02}"
