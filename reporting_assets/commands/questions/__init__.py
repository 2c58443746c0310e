"""Questions that admins and analysts ask, each with its SQL over the catalogue; the demo answers some of them.

`python -m reporting_assets.commands.questions` writes `docs/questions.md`. Not here: the tables' definitions, which are
their contracts.
"""

from __future__ import annotations

from collections.abc import Iterator

from reporting_assets.commands.questions import engagement, operations, usage
from reporting_assets.commands.questions.question import Question

__all__ = ["DEMO", "QUESTIONS", "SUBJECTS", "Question", "document"]

SUBJECTS = {
    "Use and licences": usage.QUESTIONS,
    "Meetings, webinars, chat": engagement.QUESTIONS,
    "Quality, rooms, costs, completeness": operations.QUESTIONS,
}
QUESTIONS = tuple(question for questions in SUBJECTS.values() for question in questions)
DEMO = tuple(question for question in QUESTIONS if question.in_demo)

_HEAD = """# Questions

What admins and analysts ask, with SQL over the catalogue (`data/<source>/reporting.duckdb`): `reporting-assets query`, any
DuckDB client or notebook. A test runs every one. Written by `make docs`; do not edit.

How complete an answer is: `platform.report_coverage` has the state of every report and day, and `platform.table_reports`
says which reports a table rests on.

```sql
SELECT dt, bool_and(state = 'fetched') AS is_complete, list(report) FILTER (state <> 'fetched') AS not_fetched
FROM platform.report_coverage JOIN platform.table_reports USING (report)
WHERE table_name = 'utilization.account_daily' GROUP BY dt ORDER BY dt;
```
"""


def document() -> str:
    """The whole document."""
    return "\n".join([_HEAD, *_parts()])


def _parts() -> Iterator[str]:
    number = 0
    for subject, questions in SUBJECTS.items():
        yield f"## {subject}\n"
        for question in questions:
            number += 1
            yield f"### {number}. {question.text}\n\n```sql\n{question.shown_sql}\n```\n\n{question.reading}\n"
