"""Plots for the UI, where people would rather look than read: a table's recent days, as a picture in its metadata."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg
import duckdb

from reporting_assets.contracts.constants import Break, breaks_of
from reporting_assets.contracts.model import Table
from reporting_assets.lake import store
from reporting_assets.lake.layout import Lake

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DAYS = 31
_BREAK = "#b3261e"


@dataclass(frozen=True)
class Series:
    """One measure of a daily table and how it is titled. `rows_to_one` makes one value of a day's rows."""

    title: str
    rows_to_one: str  # SQL aggregate


PLOTS: dict[str, tuple[Series, ...]] = {
    "zoom.meetings": (Series("Meetings a day", "count(*)"),),
    "zoom.meeting_participants": (Series("Joins a day", "count(*) FILTER (status = 'in_meeting')"),),
    "utilization.account_daily": (
        Series("Meetings", "sum(meetings) FILTER (platform = 'all')"),
        Series("People", "sum(unique_participants) FILTER (platform = 'all')"),
        Series("Person-hours", "sum(person_minutes) FILTER (platform = 'all') / 60"),
        Series("Most meetings at once", "max(peak_concurrent_meetings)"),
    ),
    "engagement.meeting_engagement": (
        Series("Median meeting: people", "median(unique_participants)"),
        Series("Late joiners, of 100 attendances", "100.0 * sum(late_joiners) / nullif(sum(unique_participants), 0)"),
    ),
}


def recent_days(con: duckdb.DuckDBPyConnection, lake: Lake, table: Table) -> dict[str, dg.MetadataValue]:
    """A bar chart of the table's last days in the lake; nothing for tables that have no plot."""
    series = PLOTS.get(table.id, ())
    keys = lake.partitions(table)[-DAYS:]
    if not series or not keys:
        return {}
    store.attach(con, lake, table, keys)
    measures = ", ".join(each.rows_to_one for each in series)
    rows = con.execute(f'SELECT dt, {measures} FROM "{table.schema}"."{table.name}" GROUP BY dt ORDER BY dt').fetchall()
    breaks = breaks_of(table, rows[0][0], rows[-1][0]) if rows else []
    picture = _draw(series, rows, breaks, "simulated" if lake.source == "sandbox" else None)
    encoded = base64.b64encode(picture).decode()
    about = ", ".join(each.title.lower() for each in series)
    if breaks:
        about += f"; marked: {', '.join(f'{each.name} ({each.on})' for each in breaks)}"
    return {f"last {len(keys)} days": dg.MetadataValue.md(f"![{table.id}: {about}](data:image/png;base64,{encoded})")}


def _draw(
    series: tuple[Series, ...], rows: list[tuple[object, ...]], breaks: Sequence[Break], note: str | None
) -> bytes:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.figure import Figure  # without pyplot: no display, no state shared between threads

    figure = Figure(figsize=(4.2 * len(series), 2.4), layout="constrained")
    for place, each in enumerate(series, start=1):
        axes = figure.add_subplot(1, len(series), place)
        days = [row[0] for row in rows]
        axes.bar(days, [row[place] or 0 for row in rows], color="#4f43dd")  # type: ignore[arg-type]
        _mark(axes, breaks)
        axes.set_title(f"{each.title} ({note})" if note else each.title, fontsize=9, loc="left")
        locator = AutoDateLocator(minticks=1, maxticks=6)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=80)
    return written.getvalue()


def _mark(axes: Axes, breaks: Sequence[Break]) -> None:
    """A line with a name at each day on which the vendor changed what the figures mean."""
    for each in breaks:
        axes.axvline(each.on, color=_BREAK, linestyle="--", linewidth=1)  # type: ignore[arg-type]
        axes.annotate(
            each.name.replace("_", " "),
            (each.on, 1),
            xycoords=("data", "axes fraction"),
            rotation=90,
            va="top",
            ha="right",
            fontsize=6,
            color=_BREAK,
        )
