"""Writing names, texts and JSON places as SQL. Nothing of contracts or of tables."""

from __future__ import annotations

from collections.abc import Sequence

BLANKS = r"' ' || chr(9) || chr(10) || chr(13)"


_BLANK_JSON = r"'\"(\s|\\[tnr])*\"'"


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"


def pointer(names: Sequence[str]) -> str:
    """An SQL string that leads to the field below `names` in a JSON value; without names, to the value itself."""
    return literal("$" + "".join(f'."{name}"' for name in names))


def not_blank(text: str) -> str:
    """The text, or NULL where there is nothing but blanks in it."""
    return f"CASE WHEN trim({text}, {BLANKS}) <> '' THEN {text} END"


# What kind of JSON a value is, by its first letter: asking DuckDB would parse all of it. Its JSON has no spaces around.


def is_object(json: str) -> str:
    return f"starts_with(CAST({json} AS VARCHAR), '{{')"


def is_list(json: str) -> str:
    return f"starts_with(CAST({json} AS VARCHAR), '[')"


def is_value(json: str) -> str:
    """Whether a JSON value says anything: it is there, not null and no blank text."""
    return f"(CAST({json} AS VARCHAR) <> 'null' AND NOT regexp_full_match(CAST({json} AS VARCHAR), {_BLANK_JSON}))"
