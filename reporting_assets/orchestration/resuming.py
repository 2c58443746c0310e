"""The sensors that go on with partial partitions as soon as their calls are back, the nearest deadline first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from reporting_assets import contracts, periods, settings
from reporting_assets.contracts.model import Partition, Table
from reporting_assets.lake.layout import Lake
from reporting_assets.orchestration.partials import Partial, readers, waiting
from reporting_assets.orchestration.scheduled import is_off
from reporting_assets.orchestration.specs import asset_key

EVERY_SECONDS = 120
AGAIN_AFTER = timedelta(days=1)  # where going on failed for another reason, such as the network


def continue_partial() -> list[dg.SensorDefinition]:
    """One sensor per kind of partition, since a run has but one: a run per table and run of neighbouring partitions.

    A partition is asked for once per resumption, and once a day after that, as long as it is partial. One whose list of
    items is partial waits for that.
    """
    return [_sensor(partition, name) for partition, name in ((Partition.DAY, "daily"), (Partition.MONTH, "monthly"))]


def _sensor(partition: Partition, name: str) -> dg.SensorDefinition:
    fetched = [table for table in contracts.TABLES if not table.is_derived and table.partition is partition]

    @dg.sensor(
        name=f"continue_partial_{name}",
        target=dg.AssetSelection.assets(*map(asset_key, fetched)),
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Goes on with partitions whose fetch stopped because the day's calls were spent, once these are back; those "
            "that the vendor will delete first go first."
        ),
    )
    def evaluate() -> list[dg.RunRequest] | dg.SkipReason:
        found = settings.load()
        able = {table.id for table in fetched if table.schema in found.configured and not is_off(table, found)}
        partial = [one for one in waiting(Lake(found.lake, str(found.reporting_source))) if one.table in able]
        held = {(reader.id, one.key) for one in partial for reader in readers(contracts.table(one.table))}
        partial = [one for one in partial if (one.table, one.key) not in held]
        if not partial:
            return dg.SkipReason("no partition is partial")
        now = datetime.now(UTC)
        due = [one for one in partial if one.resume_at <= now]
        if not due:
            earliest = min(one.resume_at for one in partial)
            return dg.SkipReason(f"{len(partial)} partial partitions wait until {earliest:%Y-%m-%d %H:%M} UTC")
        groups = list(_neighbours(due))
        return [_request(group, len(groups) - place, now) for place, group in enumerate(groups)]

    return evaluate


def _neighbours(due: Sequence[Partial]) -> Iterator[list[Partial]]:
    """Partial partitions of one table that follow each other, as groups; the group with the nearest deadline first."""
    tables = dict.fromkeys(partial.table for partial in due)
    groups: list[list[Partial]] = []
    for table_id in tables:
        table = contracts.table(table_id)
        for partial in sorted((one for one in due if one.table == table_id), key=lambda one: one.key):
            last = groups[-1][-1] if groups else None
            if last and last.table == table_id and _next_key(table, last.key) == partial.key:
                groups[-1].append(partial)
            else:
                groups.append([partial])
    place = {id(partial): number for number, partial in enumerate(due)}
    yield from sorted(groups, key=lambda group: min(place[id(partial)] for partial in group))


def _request(group: list[Partial], priority: int, now: datetime) -> dg.RunRequest:
    first, last = group[0], group[-1]
    # Named by its last partition: a run commits one after the other, and must not be asked for again as the rest of it.
    turn = (now - last.resume_at) // AGAIN_AFTER
    return dg.RunRequest(
        run_key=f"{last.table}-{last.key}-{last.resume_at.isoformat()}-{turn}",
        asset_selection=[asset_key(contracts.table(first.table))],
        tags={
            "dagster/asset_partition_range_start": first.key,
            "dagster/asset_partition_range_end": last.key,
            "dagster/priority": str(priority),
        },
    )


def _next_key(table: Table, key: str) -> str:
    _, ends = periods.window(table.partition, key)
    return periods.key_of(table.partition, date(ends.year, ends.month, ends.day))
