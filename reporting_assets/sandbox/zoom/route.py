"""One endpoint of the simulated Zoom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reporting_assets.contracts.model import RateLabel
from reporting_assets.sandbox.answers import Answer
from reporting_assets.sandbox.zoom.account import Call


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint below /v2. At most one part of its path is a placeholder; any one of its scopes is enough."""

    path: str
    label: RateLabel
    scopes: tuple[str, ...]
    is_paid: bool  # not on the free plan
    handle: Callable[[Call], Answer]
