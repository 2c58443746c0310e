"""What an account may call: limits per rate label and plan, as Zoom publishes them, and the share of them we take.

Numbers only. Keeping to them is `budget`'s work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reporting_assets.contracts.model import RateLabel

SECOND = 1.0
MINUTE = 60.0
WEBEX_CALLS_A_SECOND = 5  # ours: Webex publishes no figure, only that it refuses too many and how long to wait then


@dataclass(frozen=True)
class Rate:
    """At most `calls` in any `seconds`."""

    calls: int
    seconds: float


@dataclass(frozen=True)
class DailyCap:
    """At most `calls` from 00:00 to 24:00 UTC, over every label that names this cap."""

    name: str
    calls: int


@dataclass(frozen=True)
class Limit:
    """What one label may do. No cap where Zoom publishes none; no rate where none is to be kept."""

    rate: Rate | None
    daily: DailyCap | None = None


Limits = Mapping[RateLabel, Limit]


def _plan(
    light: Rate, medium: Rate, heavy: Rate, intensive: Rate, caps: Mapping[RateLabel, DailyCap]
) -> dict[RateLabel, Limit]:
    rates = {
        RateLabel.LIGHT: light,
        RateLabel.MEDIUM: medium,
        RateLabel.HEAVY: heavy,
        RateLabel.RESOURCE_INTENSIVE: intensive,
        RateLabel.WEBEX: Rate(WEBEX_CALLS_A_SECOND, SECOND),
    }
    return {label: Limit(rate, caps.get(label)) for label, rate in rates.items()}


def _heavy_cap(calls: int) -> dict[RateLabel, DailyCap]:
    cap = DailyCap("heavy", calls)  # heavy and resource-intensive calls draw on one daily cap
    return {RateLabel.HEAVY: cap, RateLabel.RESOURCE_INTENSIVE: cap}


OFFICIAL: Mapping[str, Limits] = {
    "free": _plan(
        Rate(4, SECOND),
        Rate(2, SECOND),
        Rate(1, SECOND),
        Rate(10, MINUTE),
        {
            RateLabel.LIGHT: DailyCap("light", 6_000),
            RateLabel.MEDIUM: DailyCap("medium", 2_000),
            RateLabel.HEAVY: DailyCap("heavy", 1_000),
            RateLabel.RESOURCE_INTENSIVE: DailyCap("resource-intensive", 30_000),
        },
    ),
    "pro": _plan(Rate(30, SECOND), Rate(20, SECOND), Rate(10, SECOND), Rate(10, MINUTE), _heavy_cap(30_000)),
    "business": _plan(Rate(80, SECOND), Rate(60, SECOND), Rate(40, SECOND), Rate(20, MINUTE), _heavy_cap(60_000)),
}

SEED_RATES: Mapping[RateLabel, Rate] = {
    RateLabel.LIGHT: Rate(60, MINUTE),
    RateLabel.MEDIUM: Rate(60, MINUTE),
    RateLabel.HEAVY: Rate(30, MINUTE),
    RateLabel.RESOURCE_INTENSIVE: Rate(20, MINUTE),
    RateLabel.WEBEX: Rate(WEBEX_CALLS_A_SECOND, SECOND),
}


def limits(plan: str, preset: str = "official", share: float = 1.0) -> Limits:
    """The limits of `plan` ('free', 'pro', 'business'), of which `share` (0 < share <= 1) is ours.

    Preset `seed` replaces the rates by cautious ones per minute and keeps the plan's daily caps; `none` keeps neither
    (for the sandbox). Raises ValueError where a name or the share is not one of these.
    """
    if plan not in OFFICIAL:
        raise ValueError(f"there is no plan {plan!r}; there are: {', '.join(OFFICIAL)}")
    if preset not in ("official", "seed", "none"):
        raise ValueError(f"there is no preset of limits {preset!r}; there are: official, seed, none")
    if not 0 < share <= 1:
        raise ValueError(f"the share of the budget is {share}; it must be more than 0 and at most 1")
    if preset == "none":
        return {label: Limit(None) for label in RateLabel}
    return {
        label: Limit(
            _share_of_rate(SEED_RATES[label] if preset == "seed" else limit.rate, share),
            limit.daily and DailyCap(limit.daily.name, max(1, int(limit.daily.calls * share))),
        )
        for label, limit in OFFICIAL[plan].items()
    }


def _share_of_rate(rate: Rate | None, share: float) -> Rate | None:
    """Whole calls only: where the share leaves less than one call, the window grows instead."""
    if rate is None:
        return None
    calls = max(1, int(rate.calls * share + 1e-9))
    return Rate(calls, max(rate.seconds, rate.seconds * calls / (rate.calls * share)))
