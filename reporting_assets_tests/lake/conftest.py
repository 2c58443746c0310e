"""An empty lake, for the tests of this layer."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporting_assets.lake.layout import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", "sandbox").open()
