"""`docs/coverage.md` is what the contracts say, and the contracts leave out nothing of what the vendors publish unsaid."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reporting_assets import contracts
from reporting_assets.contracts.coverage import ABSENT, UNUSED, coverage
from reporting_assets.contracts.model import Endpoint
from reporting_assets_tests.reference import find

ROOT = Path(__file__).resolve().parents[2]
# Published by Zoom, and missing in the reference.
NOT_IN_REFERENCE = {"/past_meetings/{}/participants"}
ENDPOINTS = list({endpoint.name: endpoint for table in contracts.TABLES for endpoint in table.endpoints}.values())


def plain(path: str) -> str:
    """Without the names of placeholders."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def published(vendor: str) -> dict[str, dict[str, object]]:
    """Every GET operation of a vendor's API contract, by plain path."""
    paths = json.loads(find(f"api/{vendor}-openapi.json").read_text())["paths"]
    return {plain(path): operations["get"] for path, operations in paths.items() if "get" in operations}


def test_the_document_is_current() -> None:
    assert (ROOT / "docs/coverage.md").read_text() == coverage(), (
        "run `make docs` (python -m reporting_assets.contracts.coverage > docs/coverage.md)"
    )


@pytest.mark.parametrize("vendor", ["zoom", "webex"])
def test_every_published_report_is_used_or_has_a_reason(vendor: str) -> None:
    used = {plain(endpoint.path) for endpoint in ENDPOINTS}
    unused = {plain(path) for path in UNUSED}
    for path in published(vendor):
        assert (path in used) != (path in unused), (
            f"{path}: add a table for it, or its reason to UNUSED of contracts/coverage.py"
        )


def test_nothing_is_used_that_is_not_published() -> None:
    known = {*published("zoom"), *published("webex"), *NOT_IN_REFERENCE}
    assert {plain(endpoint.path) for endpoint in ENDPOINTS} <= known
    assert {plain(path) for path in UNUSED} <= known
    assert not {plain(path) for path in ABSENT} & known


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_endpoints_agree_with_the_published_contract(endpoint: Endpoint) -> None:
    """Rate label, scope and the largest page: what a plan of calls and a missing scope's sentence rest on."""
    if plain(endpoint.path) in NOT_IN_REFERENCE:
        pytest.skip("the contracts in the reference do not have this endpoint")
    operation = published(str(endpoint.service).partition("_")[0])[plain(endpoint.path)]
    scopes = {scope for kind in operation["x-scopes"].values() if isinstance(kind, list) for scope in kind}
    assert endpoint.scope in scopes
    assert set(endpoint.classic_scopes) <= scopes
    if endpoint.service == "zoom":
        assert str(endpoint.rate_label) == operation["x-rate-limit-label"]
    parameters = {one["name"]: one for one in operation.get("parameters", [])}
    size = parameters.get("page_size") or parameters.get("max")
    assert (endpoint.page_size is None) == (size is None)
    if size is not None and "maximum" in size["schema"]:
        assert endpoint.page_size <= size["schema"]["maximum"]
    sent = {*endpoint.params, *(name for ask in _asks(endpoint) for one in ask.passes for name in one)}
    assert sent <= set(parameters)


def _asks(endpoint: Endpoint) -> list[contracts.asking.Asking]:
    return [ask for table in contracts.TABLES for ask in table.asks if ask.endpoint == endpoint.name]


def test_every_used_endpoint_has_its_row() -> None:
    document = coverage()
    for table in contracts.TABLES:
        for endpoint in table.endpoints:
            row = next(line for line in document.splitlines() if line.startswith(f"| [`{endpoint.path}`]"))
            assert str(endpoint.rate_label) in row
            assert endpoint.look_back in row
            assert any(
                f"`{table.schema}/{table.name}`" in line
                for line in document.splitlines()
                if line.startswith(f"| [`{endpoint.path}`]")
            )
