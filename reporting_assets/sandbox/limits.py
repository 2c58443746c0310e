"""The vendor's rate limits: buckets per label and plan, their headers, and 429 answers where they are enforced."""

from __future__ import annotations

import time
from collections import deque
from datetime import UTC, datetime, timedelta

from reporting_assets.contracts.model import RateLabel
from reporting_assets.sandbox.answers import ApiError

_SECOND, _MINUTE = 1.0, 60.0
_HEAVY_LABELS = (RateLabel.HEAVY, RateLabel.RESOURCE_INTENSIVE)

# plan -> label -> (calls, seconds)
BURSTS: dict[str, dict[RateLabel, tuple[int, float]]] = {
    "free": {
        RateLabel.LIGHT: (4, _SECOND),
        RateLabel.MEDIUM: (2, _SECOND),
        RateLabel.HEAVY: (1, _SECOND),
        RateLabel.RESOURCE_INTENSIVE: (10, _MINUTE),
    },
    "pro": {
        RateLabel.LIGHT: (30, _SECOND),
        RateLabel.MEDIUM: (20, _SECOND),
        RateLabel.HEAVY: (10, _SECOND),
        RateLabel.RESOURCE_INTENSIVE: (10, _MINUTE),
    },
    "business": {
        RateLabel.LIGHT: (80, _SECOND),
        RateLabel.MEDIUM: (60, _SECOND),
        RateLabel.HEAVY: (40, _SECOND),
        RateLabel.RESOURCE_INTENSIVE: (20, _MINUTE),
    },
}
# plan -> label -> (name of the daily bucket, calls a day); the paid plans share one bucket for the heavy labels
DAILY: dict[str, dict[RateLabel, tuple[str, int]]] = {
    "free": {
        RateLabel.LIGHT: ("light", 6_000),
        RateLabel.MEDIUM: ("medium", 2_000),
        RateLabel.HEAVY: ("heavy", 1_000),
        RateLabel.RESOURCE_INTENSIVE: ("resource-intensive", 30_000),
    },
    "pro": dict.fromkeys(_HEAVY_LABELS, ("heavy and resource-intensive", 30_000)),
    "business": dict.fromkeys(_HEAVY_LABELS, ("heavy and resource-intensive", 60_000)),
}

PER_SECOND = "You have reached the maximum per-second rate limit for this API. Try again later."
PER_DAY = (
    "You have reached the maximum daily rate limit for this API. "
    "Refer to the response header for details on when you can make another request."
)


class Limits:
    """Counts calls per bucket. With `enforced` off it only writes the headers.

    `call_cap` is the fault of a day's cap that is reached after so many calls of any label (0: off).
    """

    def __init__(self, plan: str, *, enforced: bool, call_cap: int = 0) -> None:
        self._bursts = BURSTS[plan]
        self._daily = DAILY[plan]
        self._enforced = enforced
        self._call_cap = call_cap
        self._calls = 0
        self._recent: dict[RateLabel, deque[float]] = {label: deque() for label in RateLabel}
        self._today = ""
        self._used: dict[str, int] = {}

    def spend(self, label: RateLabel) -> dict[str, str]:
        """Count one call; its rate headers. Raises 429 where a limit is enforced and reached."""
        self._calls += 1
        if self._call_cap and self._calls > self._call_cap:
            raise _daily_error(label, self._call_cap)
        now = time.monotonic()
        calls, seconds = self._bursts[label]
        recent = self._recent[label]
        while recent and recent[0] <= now - seconds:
            recent.popleft()
        if self._enforced and len(recent) >= calls:
            raise self.burst_error(label)
        bucket, cap = self._daily_bucket(label)
        if cap:
            self._used[bucket] = self._used.get(bucket, 0) + 1
            if self._enforced and self._used[bucket] > cap:
                raise _daily_error(label, cap)
        recent.append(now)
        if cap:
            return _headers(label, "Daily-limit", cap, cap - self._used[bucket])
        return _headers(label, "QPS", calls, calls - len(recent))

    def _daily_bucket(self, label: RateLabel) -> tuple[str, int]:
        today = datetime.now(UTC).date().isoformat()
        if today != self._today:
            self._today, self._used = today, {}
        return self._daily.get(label, ("", 0))

    def burst_error(self, label: RateLabel, retry_after: str | None = None) -> ApiError:
        """The 429 of a full per-second (or per-minute) bucket; the vendor itself gives no Retry-After with it."""
        headers = _headers(label, "QPS", self._bursts[label][0], 0)
        if retry_after is not None:
            headers["Retry-After"] = retry_after
        return ApiError(429, 429, PER_SECOND, headers)

    def new_day(self) -> None:
        """Forget what was used, as midnight UTC does."""
        self._today, self._used, self._calls = "", {}, 0


def _daily_error(label: RateLabel, cap: int) -> ApiError:
    """The 429 of a used-up day: Retry-After is an ISO instant, not a number of seconds."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    headers = {**_headers(label, "Daily-limit", cap, 0), "Retry-After": f"{tomorrow.isoformat()}T00:00:00Z"}
    return ApiError(429, 429, PER_DAY, headers)


def _headers(label: RateLabel, kind: str, limit: int, remaining: int) -> dict[str, str]:
    return {
        "X-RateLimit-Category": str(label).capitalize(),
        "X-RateLimit-Type": kind,
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(max(0, remaining)),
    }
