"""Contract of schema `platform`: what the lake knows about its own reports.

Made by Python from the lake's records (`orchestration.coverage`): neither a vendor nor SQL makes it. Not here: facts that
are the same every day (`constants`).
"""

from __future__ import annotations

from reporting_assets.contracts.model import (
    Additivity,
    Column,
    Expectation,
    Partition,
    Table,
    Type,
)

FETCHED, PARTIAL, MISSING, EXPIRED, OFF, LEFT_OUT = "fetched", "partial", "missing", "expired", "off", "left_out"
STATES = (FETCHED, PARTIAL, MISSING, EXPIRED, OFF, LEFT_OUT)


def _count(name: str, meaning: str, unit: str) -> Column:
    """A count of the report's whole partition: a monthly report has the same on every day of its month."""
    return Column(name, Type.INTEGER, meaning, unit=unit, additivity=Additivity.NONE)


REPORT_COVERAGE = Table(
    schema="platform",
    name="report_coverage",
    grain="One row per fetched report for the UTC day, whatever stands of it.",
    about=(
        "From the lake's own records: it says what summaries of the day rest on. Figures are of the report's partition that "
        "holds the day, so a monthly report repeats those of its month on every day: add up where `period = 'day'`. "
        "`platform.table_reports` says which reports a derived table reads."
    ),
    partition=Partition.DAY,
    key=("report",),
    priority=100,
    columns=(
        Column("report", Type.TEXT, "The report's table, as in `zoom.meetings`.", required=True),
        Column("platform", Type.TEXT, "Whose report it is: `zoom` or `webex`.", required=True),
        Column("period", Type.TEXT, "What its partitions are: `day` or `month`.", required=True),
        Column(
            "report_partition", Type.TEXT, "Its partition that holds the day: yyyy-MM-dd or yyyy-MM.", required=True
        ),
        Column(
            "state",
            Type.TEXT,
            "`fetched`; `partial` (calls ran out, and it goes on when they are back); `missing` (not fetched, and the vendor "
            "still answers); `expired` (not fetched, and the vendor no longer answers); `off` (the settings leave no way of "
            "asking); `left_out` (REPORTING_LEAVE_OUT, or no credentials). What stands in the lake is `fetched`, whatever the "
            "settings say now.",
            required=True,
        ),
        _count(
            "rows", "Rows that stand in the lake; of a partial one, those of an earlier fetch. NULL where none.", "rows"
        ),
        Column("stored_bytes", Type.INTEGER, "Size of its Parquet file.", unit="bytes", additivity=Additivity.NONE),
        _count("requests", "Requests it was typed from; those that neighbours share count for each.", "requests"),
        _count("requests_answered", "Those that were answered in full.", "requests"),
        _count("requests_empty", "Those to which the vendor said that there is nothing of the kind.", "requests"),
        _count("requests_not_available", "Those whose item the vendor did not know or show.", "requests"),
        _count("requests_expired", "Those whose item the vendor no longer answers for.", "requests"),
        _count(
            "requests_kept",
            "Those whose item the vendor showed before and no longer does: the rows of then are kept.",
            "requests",
        ),
        _count("short_listings", "Listings that brought fewer records than the vendor announced.", "listings"),
        _count("parse_errors", "Values that could not be read as their column's type, and are NULL.", "values"),
        _count("requests_done", "Of a partial one: requests answered so far.", "requests"),
        _count("requests_planned", "Of a partial one: requests it needs; NULL where it had not begun.", "requests"),
        Column("resumes_at", Type.TIMESTAMP, "Of a partial one: when it may go on."),
        _count(
            "items_listed",
            "Of a report that asks about a sample (ZOOM_QUALITY_SAMPLE): meetings or webinars it would ask about under `all`.",
            "items",
        ),
        Column(
            "sampled_share",
            Type.NUMBER,
            "`requests` divided by `items_listed`, at most 1; NULL where there was nothing to ask about.",
            unit="share",
            additivity=Additivity.NONE,
        ),
        Column("fetched_at", Type.TIMESTAMP, "When the latest fetch that it was typed from began."),
        Column(
            "last_date_to_ask",
            Type.DATE,
            "The last UTC day on which it can be fetched (again): the vendor answers for the whole partition, and what lists "
            "its items is there or can be; NULL where that never ends.",
        ),
    ),
    expectations=(
        Expectation(
            "known_state",
            f"state IN ({', '.join(repr(state) for state in STATES)})",
            "The state is known.",
            blocking=True,
        ),
        Expectation(
            "fetched_has_rows",
            "(state <> 'fetched' OR rows IS NOT NULL) AND (state IN ('fetched', 'partial') OR rows IS NULL)",
            "What is fetched has a number of rows, and what is not has none.",
            blocking=True,
        ),
        Expectation(
            "requests_add_up",
            "requests = requests_answered + requests_empty + requests_not_available + requests_expired + requests_kept",
            "Every request came to one end.",
            blocking=True,
        ),
        Expectation("share_is_a_share", "sampled_share BETWEEN 0 AND 1", "A share lies from 0 to 1.", blocking=True),
        Expectation("within_plan", "requests_done <= requests_planned", "No more is done than planned.", blocking=True),
        Expectation(
            "as_announced",
            "short_listings = 0",
            "Listings brought as many records as the vendor announced.",
        ),
    ),
)

TABLES = (REPORT_COVERAGE,)
