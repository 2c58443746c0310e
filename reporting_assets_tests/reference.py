"""Where the reference material (API contracts, metric vectors) lies that some tests compare with.

It is not part of the repository; tests that need it are skipped, with this reason, where it is absent.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1] / os.environ.get("REPORTING_REFERENCE", "../shared")


def find(relative: str) -> Path:
    """The reference file at `relative`, or a skip of the calling test where there is none."""
    path = ROOT / relative
    if not path.exists():
        pytest.skip(f"reference material {relative} is not here; set REPORTING_REFERENCE to the folder that holds it")
    return path


@cache
def vectors(suite: str) -> list[dict[str, Any]]:
    """The cases of one suite of metrics/vectors.json."""
    return json.loads(find("metrics/vectors.json").read_text())["suites"][suite]["cases"]
