"""Fixtures of the sources tests: a wide-open budget, clients of a scripted server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from reporting_assets.contracts.model import RateLabel
from reporting_assets.sources.budget import RateBudget
from reporting_assets.sources.budget_rules import DailyCap, Limit, Rate
from reporting_assets.sources.client import ZoomClient
from reporting_assets_tests.sources.fake_zoom import Call, FakeZoom, Reply, serving

Opened = tuple[ZoomClient, FakeZoom]


@pytest.fixture
def budget(tmp_path: Path) -> Iterator[RateBudget]:
    """A budget that no test reaches unless it tells it to."""
    limits = {label: Limit(Rate(10_000, 1.0), DailyCap("day", 100_000)) for label in RateLabel}
    opened = RateBudget(tmp_path / "budget.sqlite", plan="business", limits=limits, account="acc", reserve=0)
    yield opened
    opened.close()


@pytest.fixture
def open_zoom(budget: RateBudget) -> Iterator[Callable[..., Opened]]:
    """`open_zoom(answer, **config)` gives a client and the scripted server it talks to."""
    with ExitStack() as stack:

        def opened(answer: Callable[[Call], Reply], **config: Any) -> Opened:
            zoom = stack.enter_context(serving(answer))
            client = ZoomClient(zoom.config(**config), budget)
            stack.callback(client.close)
            return client, zoom

        yield opened
