"""Launching runs from the command line: the same jobs, tags and events as a run from Dagster's UI."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from reporting_assets import periods
from reporting_assets.contracts.model import Partition, Table

HOME = Path(".dagster")
CONFIG = "dagster.yaml"


class RunFailedError(Exception):
    """A run failed; the message holds one sentence per failed table."""


def dagster_home() -> Path:
    """DAGSTER_HOME, or `.dagster` here with this project's `dagster.yaml` linked into it."""
    if os.environ.get("DAGSTER_HOME"):
        return Path(os.environ["DAGSTER_HOME"])
    HOME.mkdir(exist_ok=True)
    link = HOME / CONFIG
    if not link.exists() and Path(CONFIG).exists():
        link.symlink_to(Path("..") / CONFIG)
    os.environ["DAGSTER_HOME"] = str(HOME.resolve())
    return HOME


def materialize(
    tables: Sequence[Table], first: date, last: date, *, from_landing: bool = False
) -> list[tuple[Table, list[str]]]:
    """Materialize tables over `first`..`last`: one run for the daily ones, then one for the monthly ones.

    Returns what was materialized. Raises RunFailedError when a run failed; what it committed stays.
    """
    import dagster as dg

    from reporting_assets.definitions import definitions
    from reporting_assets.orchestration.specs import asset_key

    dagster_home()
    job = definitions().resolve_implicit_global_asset_job_def()
    done = []
    with dg.DagsterInstance.get() as instance:
        for partition in (Partition.DAY, Partition.MONTH):
            chosen = [table for table in tables if table.partition is partition]
            keys = periods.keys(partition, first, last)
            if not chosen:
                continue
            ops = {
                f"{table.schema}__{table.name}": {"config": {"from_landing": True}}
                for table in chosen
                if from_landing and not table.is_derived
            }
            result = job.execute_in_process(
                asset_selection=[asset_key(table) for table in chosen],
                tags={"dagster/asset_partition_range_start": keys[0], "dagster/asset_partition_range_end": keys[-1]},
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}, "ops": ops},
                instance=instance,
                raise_on_error=False,
            )
            if not result.success:
                raise RunFailedError(_sentences(result))
            done += [(table, keys) for table in chosen]
    return done


def _sentences(result: object) -> str:
    told = []
    for event in result.all_events:  # type: ignore[attr-defined]
        if not event.is_step_failure:
            continue
        data = event.step_failure_data
        if data.user_failure_data is not None and data.user_failure_data.description:
            told.append(data.user_failure_data.description)
        elif data.error is not None and "RetryRequestedFromPolicy" not in (data.error.cls_name or ""):
            told.append(data.error.message.strip())
    return "\n".join(dict.fromkeys(told)) or "the run failed; its log in the UI says why"
