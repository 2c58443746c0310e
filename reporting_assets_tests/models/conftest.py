"""Fixtures of the tests of models."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reporting_assets_tests.models.warehouse import Warehouse


@pytest.fixture(scope="session")
def shared() -> Iterator[Warehouse]:
    """One warehouse for all; whoever uses it directly clears it first."""
    warehouse = Warehouse()
    yield warehouse
    warehouse.con.close()


@pytest.fixture
def warehouse(shared: Warehouse) -> Warehouse:
    """The warehouse, empty."""
    shared.clear()
    return shared
