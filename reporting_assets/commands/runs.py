"""Launching runs from the command line: the same jobs, tags and events as a run from Dagster's UI."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from reporting_assets import contracts, periods, settings
from reporting_assets.contracts.model import Partition, Table
from reporting_assets.lake.layout import Lake
from reporting_assets.settings import SettingsError

HOME = Path(".dagster")
CONFIG = Path(__file__).resolve().parents[2] / "dagster.yaml"


@dataclass
class Done:
    """What a command did to one table: rows per partition, and why some were left as they were."""

    table: Table
    rows: dict[str, int] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)


class RunFailedError(Exception):
    """A run failed; the message holds one sentence per failed table."""


def dagster_home() -> Path:
    """DAGSTER_HOME (default: `.dagster` here), created where it is missing.

    A home without a `dagster.yaml` gets a link to this project's, because Dagster's own defaults send telemetry. Raises
    SettingsError, one sentence, where the folder cannot be used.
    """
    home = Path(os.environ.get("DAGSTER_HOME") or HOME).absolute()
    config = home / CONFIG.name
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not config.exists() and CONFIG.exists():
            config.unlink(missing_ok=True)  # a link whose target has moved
            config.symlink_to(CONFIG)
    except OSError as error:
        raise SettingsError(f"DAGSTER_HOME {home} cannot be used as a folder ({error.strerror}).") from None
    os.environ["DAGSTER_HOME"] = str(home)
    return home


def materialize(tables: Sequence[Table], first: date, last: date, *, from_landing: bool = False) -> list[Done]:
    """Materialize tables over `first`..`last`: one run for the daily ones, one for the monthly ones, and one for what tells
    of them all (`contracts.RECORDS`).

    Returns what was done, table by table. Raises RunFailedError when a run failed; what it committed stays, and the
    monthly tables are made as far as they can be.
    """
    import dagster as dg

    from reporting_assets.definitions import definitions
    from reporting_assets.orchestration.failures import ATTENDED
    from reporting_assets.orchestration.journal import close_command, command_name
    from reporting_assets.orchestration.specs import asset_key

    dagster_home()
    command = command_name([*(table.id for table in tables), str(first), str(last)])
    job = definitions().resolve_implicit_global_asset_job_def()
    done, failed = [], []
    with dg.DagsterInstance.get() as instance:
        for partition, chosen in _passes(tables):
            keys = periods.keys(partition, first, last)
            ops = {
                f"{table.schema}__{table.name}": {"config": {"from_landing": True}}
                for table in chosen
                if from_landing and not table.is_derived
            }
            result = job.execute_in_process(
                asset_selection=[asset_key(table) for table in chosen],
                tags={
                    "dagster/asset_partition_range_start": keys[0],
                    "dagster/asset_partition_range_end": keys[-1],
                    ATTENDED: command,
                },
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}, "ops": ops},
                instance=instance,
                raise_on_error=False,
            )
            if result.success:
                done += _done(chosen, result)
            else:
                failed.append(_sentences(result))
    if failed:
        raise RunFailedError("\n".join(failed))
    config = settings.load()
    close_command(Lake(config.lake, str(config.reporting_source)), command)
    return done


def _passes(tables: Sequence[Table]) -> Iterator[tuple[Partition, list[Table]]]:
    """The runs of a command: a run has partitions of one kind, and records tell what the others left."""
    others = [table for table in tables if table not in contracts.RECORDS]
    for group in (others, [table for table in tables if table in contracts.RECORDS]):
        for partition in (Partition.DAY, Partition.MONTH):
            if chosen := [table for table in group if table.partition is partition]:
                yield partition, chosen


def prepare_home() -> None:
    """Set up the Dagster home by one process, before several open it at once: they would trip over each other."""
    import dagster as dg

    dagster_home()
    with dg.DagsterInstance.get():
        pass


def _done(tables: Sequence[Table], result: object) -> list[Done]:
    """Read from the run's events, which are also what the UI shows."""
    done = {(table.schema, table.name): Done(table) for table in tables}
    for event in result.all_events:  # type: ignore[attr-defined]
        if not event.is_step_materialization:
            continue
        materialized = event.step_materialization_data.materialization
        facts, one = materialized.metadata, done[tuple(materialized.asset_key.path)]
        if "not_derived" in facts:
            one.left[materialized.partition] = str(facts["not_derived"].value)
        else:
            one.rows[materialized.partition] = int(facts["dagster/row_count"].value)
    return list(done.values())


def _sentences(result: object) -> str:
    told = []
    for event in result.all_events:  # type: ignore[attr-defined]
        if not event.is_step_failure:
            continue
        data = event.step_failure_data
        if data.user_failure_data is not None and data.user_failure_data.description:
            told.append(data.user_failure_data.description)
        elif data.error is not None:
            told.append(_unexpected(event.step_key, data.error))
    return "\n".join(dict.fromkeys(told)) or "the run failed; its log in the UI says why."


def _unexpected(step: str, error: object) -> str:
    """An error nobody foresaw, by its first cause: Dagster wraps it."""
    while error.cause is not None:  # type: ignore[attr-defined]
        error = error.cause  # type: ignore[attr-defined]
    first_line = error.message.strip().splitlines()[0]  # type: ignore[attr-defined]
    return f"{step.replace('__', '.')} failed unexpectedly ({first_line}); the run's log in the UI has the details."
