"""The opt-in asset of chat files, materialized through Dagster from a running sandbox."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest

from reporting_assets.contracts.zoom_attachments import CHAT_ATTACHMENTS
from reporting_assets.lake.layout import Lake
from reporting_assets.orchestration.attachment_asset import attachments_asset
from reporting_assets.orchestration.resources import resources
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.harness import DAY

pytestmark = pytest.mark.integration


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Settings of the asset's own, and no `.env`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPORTING_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("REPORTING_WAREHOUSE", str(tmp_path / "reporting.duckdb"))
    monkeypatch.setenv("ZOOM_CHAT_ATTACHMENTS", "true")
    return monkeypatch


def materialize() -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [attachments_asset(date(2026, 11, 1))],
        partition_key=DAY,
        resources=resources(),
        instance=dg.DagsterInstance.ephemeral(),
        raise_on_error=False,
    )


def test_the_asset_stores_files_and_says_how_many(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path, reporting_privacy="full")
        harness.ingest(work, "zoom.chat_messages")
        harness.derive(work, "zoom.chat_files")
        environment.setenv("REPORTING_PRIVACY", "full")
        environment.setenv("ZOOM_API_URL", running.api_url)
        environment.setenv("ZOOM_OAUTH_URL", running.oauth_url)
        done = materialize()
    assert done.success
    [found] = done.asset_materializations_for_node("zoom__chat_attachments")
    rows = pq.ParquetFile(Lake(tmp_path / "lake", "sandbox").part(CHAT_ATTACHMENTS, DAY)).read()
    assert found.metadata["dagster/row_count"].value == found.metadata["stored"].value == rows.num_rows > 30
    assert {check.check_name: check.passed for check in done.get_asset_check_evaluations()} == dict.fromkeys(
        (
            "schema",
            "key_unique",
            "required_not_null",
            "row_floor",
            "known_status",
            "stored_has_content",
            "size_as_listed",
        ),
        True,
    )


def test_other_profiles_are_refused_in_one_sentence(environment: pytest.MonkeyPatch) -> None:
    with harness.sandbox() as running:
        environment.setenv("ZOOM_API_URL", running.api_url)
        environment.setenv("ZOOM_OAUTH_URL", running.oauth_url)
        done = materialize()
    assert not done.success
    [failure] = [event.step_failure_data for event in done.all_events if event.is_step_failure]
    assert failure.user_failure_data is not None
    said = failure.user_failure_data.description
    assert said == (
        "ZOOM_CHAT_ATTACHMENTS stores files that people sent, which needs REPORTING_PRIVACY=full (it is standard); "
        "set that for a lake of its own, or switch attachments off."
    )


def test_the_asset_tells_what_it_is() -> None:
    [spec] = attachments_asset(date(2026, 11, 1)).specs
    assert spec.key == dg.AssetKey(["zoom", "chat_attachments"])
    assert [dep.asset_key for dep in spec.deps] == [dg.AssetKey(["zoom", "chat_files"])]
    assert spec.kinds == {"zoom", "python", "parquet"}
    assert spec.description.startswith("One row per file")
    assert spec.owners
