"""`reporting-assets demo`, which `make run` runs: from nothing to answers, with no sandbox and no lake beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporting_assets import contracts
from reporting_assets.commands.questions import DEMO
from reporting_assets_tests.integration.harness import CommandLine

pytestmark = pytest.mark.integration

DAYS = 4  # at least one of them is a working day, unless three holidays follow each other

SURE = {
    *("zoom.users", "zoom.meetings", "zoom.meeting_participants", "zoom.meeting_qos", "zoom.chat_messages"),
    *("webex.sites", "webex.meeting_usage", "webex.meeting_attendees", "core.meetings", "core.attendance"),
    *("engagement.meeting_engagement", "utilization.account_daily", "quality.meeting_quality"),
    "platform.report_coverage",
}


def test_from_nothing_to_answers(tmp_path: Path) -> None:
    line = CommandLine(tmp_path, SANDBOX_USERS="60")
    told = line.ok("demo", "--days", str(DAYS))
    rows = [[cell.strip() for cell in one.strip("│\n").split("│")] for one in told.splitlines() if one.startswith("│")]
    by_table = {row[0]: row for row in rows}
    with_rows: set[str] = set()
    for table in (*contracts.TABLES, *contracts.RECORDS):
        _, partitions, count, size = by_table[table.id]
        assert int(partitions) == (DAYS if table.partition == "day" else len(_months(line, table.id))), table.id
        with_rows.update({table.id} if int(count.replace(",", "")) else set())
        assert size.endswith(("kB", "MB")), table.id
    assert with_rows >= SURE
    assert len(with_rows) > 0.75 * len(
        contracts.TABLES
    )  # so few people hold a webinar, or break a room, only now and then
    for question in DEMO:
        _, _, answer = told.partition(question.text)
        # Title, three lines of head, then the first row.
        assert answer.splitlines()[4].startswith("│"), f"no answer to: {question.text}"
    assert f"Parquet: {line.environment['REPORTING_LAKE']}/" in told
    assert f"DuckDB:  {line.environment['REPORTING_WAREHOUSE']} " in told
    assert "make dev" in told


def _months(line: CommandLine, table: str) -> list[Path]:
    return list((Path(line.environment["REPORTING_LAKE"]) / table.replace(".", "/")).glob("month=*"))
