"""Fixtures of the Webex tests: clients of a scripted server, each with a token file of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from reporting_assets.sources.budget import RateBudget
from reporting_assets.sources.webex.client import WebexClient
from reporting_assets_tests.sources.webex.fake_webex import Call, FakeWebex, Reply, serving

Opened = tuple[WebexClient, FakeWebex]


@pytest.fixture
def open_webex(tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """`open_webex(answer, **config)` gives a client and the scripted server it talks to."""
    with ExitStack() as stack:
        budget = RateBudget(tmp_path / "budget.sqlite", plan="business", preset="none", account="webex")
        stack.callback(budget.close)

        def opened(answer: Callable[[Call], Reply], **config: Any) -> Opened:
            webex = stack.enter_context(serving(answer))
            client = WebexClient(webex.config(tmp_path, **config), budget)
            stack.callback(client.close)
            return client, webex

        yield opened
