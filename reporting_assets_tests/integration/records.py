"""What a deployment's GraphQL interface, which the UI uses too, does and tells: backfills, runs, what was made, checks.

What ought to be true of it is for the tests that ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reporting_assets.contracts.model import Table
from reporting_assets_tests.integration.support import Deployment

ENDED = {"COMPLETED_SUCCESS", "COMPLETED_FAILED", "COMPLETED", "FAILED", "CANCELED"}
QUIET_TICKS = 3

SCHEDULES = """
{ repositoriesOrError { ... on RepositoryConnection { nodes { schedules { name scheduleState { id } } } } } }"""
STOP = """
mutation ($id: String!) {
  stopRunningSchedule(id: $id) { ... on ScheduleStateResult { scheduleState { status } } }
}"""
LAUNCH = """
mutation ($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}"""
BACKFILLS = """
{ partitionBackfillsOrError(limit: 1000) { ... on PartitionBackfills { results { id status error { message } } } } }"""
RUNS = "{ runsOrError(limit: 1000) { ... on Runs { results { runId status endTime tags { key value } } } } }"
TICKS = """
query ($ticks: Int!) {
  sensorOrError(sensorSelector: {
    repositoryName: "__repository__", repositoryLocationName: "reporting_assets", sensorName: "derived_follow_reports"
  }) { ... on Sensor { sensorState { ticks(limit: $ticks) {
    timestamp endTimestamp status requestedAssetMaterializationCount
  } } } }
}"""
MADE = """
query ($key: AssetKeyInput!) {
  assetOrError(assetKey: $key) { ... on Asset { assetMaterializations(limit: 10000) {
    partition runId timestamp metadataEntries { label }
  } } }
}"""
CHECKS = """
query ($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) {
    ... on AssetNode { assetChecksOrError { ... on AssetChecks { checks {
      name blocking executionForLatestMaterialization { status }
    } } } }
  }
}"""


@dataclass(frozen=True)
class Made:
    """One materialization of one partition, as Dagster recorded it."""

    at: int  # milliseconds since 1970
    run: str
    was_left: bool  # nothing of its own was there to derive it from, so nothing was written


def path(table: Table) -> dict[str, list[str]]:
    return {"path": [table.schema, table.name]}


def tags(run: dict[str, Any]) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in run["tags"]}


def stop_schedules(dagster: Deployment) -> None:
    """Whatever the time of day, only backfills and the automation are to run: the schedules would fetch other days."""
    nodes = dagster.graphql(SCHEDULES)["repositoriesOrError"]["nodes"]
    stopped = {
        schedule["name"]: dagster.graphql(STOP, id=schedule["scheduleState"]["id"])["stopRunningSchedule"]
        for node in nodes
        for schedule in node["schedules"]
    }
    assert stopped
    assert all(answer == {"scheduleState": {"status": "STOPPED"}} for answer in stopped.values()), stopped


def launch(dagster: Deployment, tables: Sequence[Table], keys: list[str]) -> str:
    """Launch a backfill of some tables, with the call that the UI makes; its id."""
    params = {
        "assetSelection": [path(table) for table in tables],
        "partitionNames": keys,
        "fromFailure": False,
        "tags": [],
    }
    answer = dagster.graphql(LAUNCH, params=params)["launchPartitionBackfill"]
    assert answer["__typename"] == "LaunchBackfillSuccess", answer
    return answer["backfillId"]


def runs_of(dagster: Deployment) -> list[dict[str, Any]]:
    """Every run there is. Fails where one failed."""
    runs = dagster.graphql(RUNS)["runsOrError"]["results"]
    assert {run["status"] for run in runs if run["status"] in {"FAILURE", "CANCELED"}} == set(), runs
    return runs


def backfills_of(dagster: Deployment) -> dict[str, dict[str, Any]]:
    """Every backfill there is, the automation's too, by its id. Fails where one did not succeed."""
    listed = dagster.graphql(BACKFILLS)["partitionBackfillsOrError"]["results"]
    for backfill in listed:
        assert backfill["status"] not in ENDED - {"COMPLETED_SUCCESS"}, backfill
    return {backfill["id"]: backfill for backfill in listed}


def has_ended(dagster: Deployment, backfill: str) -> bool:
    runs_of(dagster)
    return backfills_of(dagster)[backfill]["status"] in ENDED


def is_at_rest(dagster: Deployment) -> bool:
    """Whether nothing runs or waits, and the automation has looked several times since and found nothing to do."""
    runs = runs_of(dagster)
    if any(run["status"] != "SUCCESS" for run in runs):
        return False
    if any(backfill["status"] not in ENDED for backfill in backfills_of(dagster).values()):
        return False
    ticks = dagster.graphql(TICKS, ticks=QUIET_TICKS)["sensorOrError"]["sensorState"]["ticks"]
    assert "FAILURE" not in {tick["status"] for tick in ticks}, ticks
    last = max(run["endTime"] for run in runs)
    return len(ticks) == QUIET_TICKS and all(
        tick["timestamp"] > last and tick["endTimestamp"] and not tick["requestedAssetMaterializationCount"]
        for tick in ticks
    )


def made_of(dagster: Deployment, table: Table) -> dict[str, list[Made]]:
    """What Dagster recorded of a table, by partition, in order."""
    found: dict[str, list[Made]] = {}
    answer = dagster.graphql(MADE, key=path(table))["assetOrError"]
    for event in answer.get("assetMaterializations", ()):  # there is no asset before the first
        was_left = "not_derived" in {entry["label"] for entry in event["metadataEntries"]}
        found.setdefault(event["partition"], []).append(Made(int(event["timestamp"]), event["runId"], was_left))
    return {key: sorted(parts, key=lambda part: part.at) for key, parts in found.items()}


def failed_checks(dagster: Deployment, table: Table) -> list[str]:
    """Checks that did not pass and block."""
    node = dagster.graphql(CHECKS, key=path(table))["assetNodeOrError"]
    checks = node["assetChecksOrError"]["checks"]
    assert checks
    failed = []
    for check in checks:
        ran = check["executionForLatestMaterialization"]
        assert ran is not None, f"{table.id}: {check['name']} was not evaluated"
        if ran["status"] != "SUCCEEDED" and check["blocking"]:
            failed.append(check["name"])
    return failed
