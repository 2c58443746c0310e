"""A DuckDB connection and an empty lake, as the tests of this layer need them."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporting_assets.lake.layout import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", "sandbox").open()
