"""Writing names, texts and JSON places as SQL. Nothing of contracts or of tables."""

from __future__ import annotations

from collections.abc import Sequence

BLANKS = r"' ' || chr(9) || chr(10) || chr(13)"


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
