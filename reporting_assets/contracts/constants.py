"""Small tables of the catalogue that are the same in every lake, with their rows: known breaks, and what reads what.

The catalogue holds them as views; they have no partitions and no asset. Not here: anything that depends on what was
fetched (`platform`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from reporting_assets import contracts
from reporting_assets.contracts.model import Column, Table, Type


@dataclass(frozen=True)
class Constant:
    """A table whose rows are known beforehand; each row has a value per column, in their order."""

    schema: str
    name: str
    grain: str
    about: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]

    @property
    def id(self) -> str:
        """`schema.name`, as in DuckDB."""
        return f"{self.schema}.{self.name}"

    @property
    def description(self) -> str:
        """The grain sentence, then source and caveats."""
        return f"{self.grain} {self.about}"


@dataclass(frozen=True)
class Break:
    """A day on which a vendor changed what a figure means, so that before and after cannot be compared."""

    on: date
    platform: str
    name: str
    what: str
    reading: str
    tables: tuple[str, ...]  # 'schema.name' of those it shows in
    source: str


BREAKS = (
    Break(
        date(2021, 7, 1),
        "zoom",
        "chat_reports_replaced",
        "Zoom counts chat in `/metrics/chat` since then; the older `/metrics/im` holds what was sent before.",
        "There is no count of chat before this day.",
        ("zoom.chat_activity", "engagement.chat_daily"),
        "https://developers.zoom.us/docs/api/accounts/#tag/dashboards/GET/metrics/chat",
    ),
    Break(
        date(2022, 4, 1),
        "zoom",
        "minutes_formula",
        "Zoom counts participants' minutes by another formula in meetings and webinars of more than 500 people.",
        "Zoom's own minutes may jump up; minutes that this project computes from joins do not.",
        ("zoom.daily_usage", "zoom.hosts", "zoom.meetings", "zoom.webinars", "utilization.account_monthly"),
        "https://developers.zoom.us/changelog/platform/dashboard-api-meeting-minute-calculation-change.md",
    ),
    Break(
        date(2023, 3, 3),
        "zoom",
        "guest_ids_hidden",
        "Zoom leaves out the ids of participants from outside the account.",
        "Guests without registration or address are known by name alone, so fewer people are identified.",
        (
            "zoom.meeting_participants",
            "zoom.webinar_participants",
            "core.participant_sessions",
            "core.attendance",
            "core.people",
            "engagement.meeting_engagement",
            "engagement.webinar_engagement",
            "utilization.account_daily",
            "utilization.account_monthly",
        ),
        "https://developers.zoom.us/changelog/platform/changes-to-meeting-api-reporting-and-dashboard-endpoints.md",
    ),
    Break(
        date(2025, 6, 16),
        "zoom",
        "feature_flags_added",
        "Zoom's dashboards say since then which meetings and webinars had polls, Q&A or surveys.",
        "What was fetched before does not know them; unknown is not none.",
        ("zoom.meetings", "zoom.webinars", "core.meetings", "utilization.feature_adoption_monthly"),
        "https://developers.zoom.us/changelog/accounts/june-16-2025",
    ),
    Break(
        date(2026, 6, 25),
        "zoom",
        "external_flag_added",
        "Zoom's dashboards say since then which meetings and webinars had people from outside the account.",
        "What was fetched before does not know them; unknown is not none.",
        ("zoom.meetings", "zoom.webinars", "core.meetings"),
        "https://developers.zoom.us/changelog/accounts/june-25-2026",
    ),
)

KNOWN_BREAKS = Constant(
    schema="platform",
    name="known_breaks",
    grain="One row per table and day on which a vendor changed what its figures mean.",
    about="Figures of before and after cannot be compared as they stand; charts show these days.",
    columns=(
        Column("break_date", Type.DATE, "The first day of the new meaning, UTC.", required=True),
        Column("platform", Type.TEXT, "Whose figures: `zoom` or `webex`.", required=True),
        Column("name", Type.TEXT, "What the change is called here.", required=True),
        Column("table_name", Type.TEXT, "A table it shows in, as in `utilization.account_daily`.", required=True),
        Column("what", Type.TEXT, "What the vendor changed.", required=True),
        Column("reading", Type.TEXT, "How to read figures across that day.", required=True),
        Column("source_url", Type.TEXT, "Where the vendor says so.", required=True),
    ),
    rows=tuple(
        (each.on, each.platform, each.name, table, each.what, each.reading, each.source)
        for each in BREAKS
        for table in each.tables
    ),
)


def breaks_of(table: Table, first: date, last: date) -> list[Break]:
    """The breaks that show in a table between two days, both included."""
    return [each for each in BREAKS if table.id in each.tables and first <= each.on <= last]


def reports_of(table: Table) -> set[str]:
    """The reports (`schema.name`) a derived table rests on, itself or through other tables; of a report, itself."""
    if not table.is_derived:
        return {table.id}
    return set().union(*(reports_of(contracts.table(read.table)) for read in table.inputs))


def _read() -> Iterator[tuple[object, ...]]:
    for table in contracts.TABLES:
        if table.is_derived:
            yield from ((table.id, report) for report in sorted(reports_of(table)))


TABLE_REPORTS = Constant(
    schema="platform",
    name="table_reports",
    grain="One row per derived table and report that it rests on, itself or through other tables.",
    about="Joined with `platform.report_coverage`, it says how complete a summary of a day or month can be.",
    columns=(
        Column("table_name", Type.TEXT, "The derived table, as in `utilization.account_daily`.", required=True),
        Column("report", Type.TEXT, "The report, as in `zoom.meetings`.", required=True),
    ),
    rows=tuple(_read()),
)

CONSTANTS: Sequence[Constant] = (KNOWN_BREAKS, TABLE_REPORTS)
