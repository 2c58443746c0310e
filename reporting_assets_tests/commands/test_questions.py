"""Every question of the documents, asked of a real catalogue; some answers are counted again without its SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reporting_assets import contracts
from reporting_assets.commands.questions import DEMO, QUESTIONS, document
from reporting_assets.commands.questions.question import Question
from reporting_assets.contracts.model import Partition, Table
from reporting_assets.lake import catalogue
from reporting_assets.orchestration import coverage
from reporting_assets.orchestration.ingest import Failures
from reporting_assets.orchestration.scheduled import is_off
from reporting_assets.orchestration.work import Work
from reporting_assets_tests.integration import harness

ROOT = Path(__file__).resolve().parents[2]
DAYS = ["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19"]  # Monday to Thursday; Webex still tells their quality
MONTH = "2026-11"
TOLD = [f"2026-11-{day:02d}" for day in range(10, 20)]  # the days before were never fetched
every_question = pytest.mark.parametrize(
    "question", QUESTIONS, ids=lambda question: re.sub(r"\W+", "_", question.text)[:50]
)


@dataclass(frozen=True)
class Filled:
    """A lake of a few days of everything, and its catalogue."""

    work: Work
    con: duckdb.DuckDBPyConnection

    def answer(self, beginning: str) -> list[dict[str, Any]]:
        """The answer to the question that begins so, as dictionaries."""
        (question,) = [one for one in QUESTIONS if one.text.startswith(beginning)]
        return self.rows(question.sql)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        cursor = self.con.execute(sql)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def facts(self, table_id: str, keys: list[str] = DAYS) -> list[dict[str, Any]]:
        """Rows of partitions, read from their files."""
        return [row for key in keys for row in harness.rows(self.work, table_id, key).to_pylist()]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    with harness.sandbox() as running:
        work = harness.work_for(running, tmp_path_factory.mktemp("questions"), reporting_privacy="full")
        for table in contracts.TABLES:
            if not is_off(table, work.settings):
                _make(work, table)
    with duckdb.connect() as con:
        work.prepare(con)
        assert len(list(coverage.coverage(TOLD, work, con, Failures()))) == len(TOLD)
    catalogue.publish(work.lake, work.settings.warehouse, contracts.EVERY_TABLE)
    with catalogue.connect_read_only(work.settings.warehouse) as con:
        yield Filled(work, con)


def _make(work: Work, table: Table) -> None:
    keys = DAYS if table.partition is Partition.DAY else [MONTH]
    done = (harness.derive if table.is_derived else harness.ingest)(work, table.id, keys)
    assert done.failures == {}
    assert done.keys == keys


def test_the_document_is_current() -> None:
    assert (ROOT / "docs/questions.md").read_text() == document(), "run `make docs`"


def test_there_are_25_and_each_says_how_to_read_it() -> None:
    assert len(QUESTIONS) == len({one.text for one in QUESTIONS}) == 25
    assert len(DEMO) == 3
    for question in QUESTIONS:
        assert question.text.endswith("?")
        assert question.reading.endswith(".")


@pytest.mark.integration
@every_question
def test_a_question_has_an_answer(filled: Filled, question: Question) -> None:
    answer = filled.rows(question.sql)
    assert answer, "no rows"
    names = list(answer[0])
    assert len(names) >= 3
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names), names
    unknown = {name for name in names if all(row[name] is None for row in answer)}
    assert unknown <= MAY_BE_UNKNOWN.get(question.text.split()[0] + " " + question.text.split()[1], set())


MAY_BE_UNKNOWN: dict[str, set[str]] = {}
