"""What a question is. The questions themselves stand in the modules of their subjects."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Question:
    """What a person would ask, the SQL over the catalogue that answers it, and one line on how to read the answer."""

    text: str
    sql: str
    reading: str
    in_demo: bool = False

    @property
    def shown_sql(self) -> str:
        """The SQL as documents show it."""
        return dedent(self.sql).strip() + ";"
