"""One sandbox for all tests that leave it as it is; others start their own with `launched`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.launch import start
from reporting_assets_tests.sandbox.client import Api

NOW = "2026-11-20T20:30:00Z"  # a Friday, while the American offices work


@pytest.fixture(scope="session")
def api() -> Iterator[Api]:
    with start(Config(now=NOW)) as running:
        yield Api(running)


@pytest.fixture
def launched() -> Iterator[Callable[..., Api]]:
    """Starts a sandbox with the settings given; it ends with the test."""
    with ExitStack() as stack:

        def launch(**settings: Any) -> Api:
            return Api(stack.enter_context(start(Config(**{"now": NOW, **settings}))))

        yield launch
