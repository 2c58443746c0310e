"""What stands of every report on a day, read from the lake's own records: `platform.report_coverage`. No Dagster here.

Manifests say what was fetched, notes what is partial, contracts what the vendor still answers for, settings what is
asked for at all. Nothing is asked of a vendor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from reporting_assets import contracts, periods, progress
from reporting_assets.contracts.asking import PerItem
from reporting_assets.contracts.model import Partition, Table
from reporting_assets.contracts.platform import (
    EXPIRED,
    FETCHED,
    LEFT_OUT,
    MISSING,
    OFF,
    PARTIAL,
    REPORT_COVERAGE,
)
from reporting_assets.lake import store
from reporting_assets.lake.errors import LakeError, storage
from reporting_assets.lake.layout import MANIFEST, Lake
from reporting_assets.lake.schema import arrow_schema
from reporting_assets.orchestration import partials
from reporting_assets.orchestration.ingest import SNAPSHOT_IN_TIME, Committed, Failures
from reporting_assets.orchestration.items import counted, parent_keys
from reporting_assets.orchestration.partials import Partial
from reporting_assets.orchestration.scheduled import is_off, left_out
from reporting_assets.orchestration.work import Work
from reporting_assets.settings import Settings
from reporting_assets.sources import planner

_OUTCOMES = {
    "requests_empty": "none",
    "requests_not_available": "not_available",
    "requests_expired": "expired",
    "requests_kept": "kept",
}
_PARSE_ERRORS = "parse_errors_"


def reports() -> list[Table]:
    """Every fetched report."""
    return [table for table in contracts.TABLES if not table.is_derived]


def coverage(keys: Sequence[str], work: Work, con: duckdb.DuckDBPyConnection, failed: Failures) -> Iterator[Committed]:
    """Yield each day as it is committed; note in `failed` those that could not be, and go on."""
    known = _Known(work, con)
    for done, key in enumerate(keys):
        progress.publish(progress.Progress(REPORT_COVERAGE.id, done, len(keys), "partitions"))
        try:
            yield _day(key, work.lake, con, known)
        except LakeError as error:
            failed.by_key[key] = error
    progress.publish(progress.Progress(REPORT_COVERAGE.id, len(keys), len(keys), "partitions"))


def _day(key: str, lake: Lake, con: duckdb.DuckDBPyConnection, known: _Known) -> Committed:
    looked_at = datetime.now(UTC)  # by the clock of the files it looks at
    day = date.fromisoformat(key)
    found = [
        {"dt": day, "_source": lake.source, **known.report(table, periods.key_of(table.partition, day))}
        for table in sorted(reports(), key=lambda table: table.id)
    ]
    rows = pa.Table.from_pylist(found, schema=arrow_schema(REPORT_COVERAGE))
    facts = {"reports": len(found), **_states(found)}
    manifest = {"facts": facts, "looked_at": looked_at.isoformat()}
    written = store.write_partition(con, lake, REPORT_COVERAGE, key, rows.to_reader(), manifest=manifest)
    return Committed(key, written.rows, written.bytes, facts)


def _states(found: Sequence[dict[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in found:
        counts[row["state"]] = counts.get(row["state"], 0) + 1
    return dict(sorted(counts.items()))


class _Known:
    """What one command finds out; of a month's partitions once, although every day of the month tells it."""

    def __init__(self, work: Work, con: duckdb.DuckDBPyConnection) -> None:
        self._work, self._con, self._lake = work, con, work.lake
        self._partial = {(one.table, one.key): one for one in partials.waiting(work.lake)}
        self._left_out = left_out(work.settings)
        self._complete = dict(work.plan_options.values) | {"quality_sample": "all"}
        self._reports: dict[tuple[str, str], dict[str, Any]] = {}
        self._counted: dict[tuple[str, str, str], int] = {}

    def report(self, table: Table, key: str) -> dict[str, Any]:
        """The row of one partition of a report, without the day."""
        known = self._reports.get((table.id, key))
        if known is None:
            known = self._reports[table.id, key] = self._report(table, key)
        return known

    def _report(self, table: Table, key: str) -> dict[str, Any]:
        partial = self._partial.get((table.id, key))
        last = last_date_to_ask(table, key, self._lake, self._work.plan_options)
        row: dict[str, Any] = {
            "report": table.id,
            "platform": table.schema,
            "period": str(table.partition),
            "report_partition": key,
            "last_date_to_ask": last,
        }
        if self._lake.part(table, key).exists():
            row |= {"state": FETCHED, **self._stored(table, key)}
        if partial is not None and not self._is_over(last):
            row |= {"state": PARTIAL, **_progress(partial)}
        return {"state": self._why_not(table, last), **row}

    def _is_over(self, last: date | None) -> bool:
        return last is not None and last < self._work.now().date()

    def _why_not(self, table: Table, last: date | None) -> str:
        if is_off(table, self._work.settings):
            return OFF
        if table.id in self._left_out:
            return LEFT_OUT
        return EXPIRED if self._is_over(last) else MISSING

    def _stored(self, table: Table, key: str) -> dict[str, Any]:
        """What stands, and what its manifest says; no more than what stands where that is about an older file."""
        manifest = store.read_manifest(self._lake, table, key)
        if manifest is None:
            path = self._lake.part(table, key)
            with storage("read", path):
                return {"rows": pq.read_metadata(path).num_rows, "stored_bytes": path.stat().st_size}
        facts = manifest["facts"]
        outcomes = {column: facts.get(fact, 0) for column, fact in _OUTCOMES.items()}
        fetched_at = manifest.get("fetched_at")
        return {
            "rows": manifest["rows"],
            "stored_bytes": manifest["bytes"],
            "requests": facts["requests"],
            "requests_answered": facts["requests"] - sum(outcomes.values()),
            **outcomes,
            "short_listings": facts["short_listings"],
            "parse_errors": sum(value for name, value in facts.items() if name.startswith(_PARSE_ERRORS)),
            "fetched_at": datetime.fromisoformat(fetched_at) if fetched_at else None,
            **self._sampled(table, key, facts["requests"]),
        }

    def _sampled(self, table: Table, key: str, requests: int) -> dict[str, Any]:
        """How much of what a sampled report could ask about it did; nothing of other reports."""
        options = planner.PlanOptions(self._complete, self._work.now())
        asks = [ask for ask in planner.chosen(table, options) if "quality_sample" in ask.when]
        try:
            listed = sum(self._count(table, ask, key) for ask in asks if isinstance(ask, PerItem))
        except LakeError:  # its list is gone
            return {}
        if not asks:
            return {}
        return {"items_listed": listed, "sampled_share": min(1.0, requests / listed) if listed else None}

    def _count(self, table: Table, ask: PerItem, key: str) -> int:
        what = (ask.parent, key, f"{ask.select} {ask.where}")  # the same for several reports
        if what not in self._counted:
            self._counted[what] = counted(self._con, self._lake, table, ask, key, self._complete)
        return self._counted[what]


def _progress(partial: Partial) -> dict[str, Any]:
    return {
        "requests_done": partial.done,
        "requests_planned": partial.planned,
        "resumes_at": partial.resume_at.astimezone(UTC),
    }


def last_date_to_ask(table: Table, key: str, lake: Lake, options: planner.PlanOptions) -> date | None:
    """The last UTC day on which a partition can be fetched; None where that never ends.

    A snapshot shows its day only until the day after. What is asked item by item needs the list that names the items: in
    the lake, or still to be had.
    """
    ends = [planner.last_day(table, key, options)]
    if table.is_snapshot:
        _, ends_at = periods.window(table.partition, key)
        ends.append((ends_at + SNAPSHOT_IN_TIME).date() - timedelta(days=1))
    for ask in planner.chosen(table, options):
        if isinstance(ask, PerItem):
            parent = contracts.table(ask.parent)
            needed = parent_keys(table, parent, key)
            if not any(lake.part(parent, one).exists() for one in needed):
                ends.append(last_date_to_ask(parent, needed[-1], lake, options))
    return min((end for end in ends if end is not None), default=None)


def outdated(settings: Settings, start: date, now: datetime) -> list[str]:
    """The days from `start` to yesterday whose coverage is not there, or older than what it tells, in order."""
    lake = Lake(settings.lake, str(settings.reporting_source))
    options = planner.PlanOptions(settings.plan_values, now)
    yesterday = now.astimezone(UTC).date() - timedelta(days=1)
    noted = {(one.table, one.key): _changed(partials.path(lake, one.table, one.key)) for one in partials.waiting(lake)}
    found = []
    for key in periods.keys(Partition.DAY, start, yesterday):
        manifest = store.read_manifest(lake, REPORT_COVERAGE, key)
        looked_at = datetime.fromisoformat(manifest["looked_at"]) if manifest else None
        if looked_at is None or any(
            _has_news(table, periods.key_of(table.partition, date.fromisoformat(key)), lake, options, looked_at, noted)
            for table in reports()
        ):
            found.append(key)
    return found


def _has_news(
    table: Table,
    key: str,
    lake: Lake,
    options: planner.PlanOptions,
    looked_at: datetime,
    noted: dict[tuple[str, str], datetime | None],
) -> bool:
    """Whether a partition was written, noted as partial, or lost to the vendor's forgetting since then."""
    written = _changed(lake.part(table, key).with_name(MANIFEST))
    news = [moment for moment in (written, noted.get((table.id, key))) if moment is not None]
    if written is None:
        last = last_date_to_ask(table, key, lake, options)
        if last is not None and looked_at.date() <= last < options.now.astimezone(UTC).date():
            return True
    return any(moment > looked_at for moment in news)


def _changed(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
