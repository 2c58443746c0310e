"""Which tables a person means by `--select`."""

from __future__ import annotations

import difflib

import click

from reporting_assets import contracts
from reporting_assets.contracts.model import Table


def tables(selectors: tuple[str, ...]) -> list[Table]:
    """The tables that `schema/name`, `schema/*` or `*` name, in the order they depend on each other.

    Raises click.BadParameter, one sentence with the nearest names, for a selector that names nothing.
    """
    wanted: set[str] = set()
    for selector in (part.strip() for text in selectors for part in text.split(",")):
        plain = selector.replace("/", ".")
        found = [table.id for table in contracts.TABLES if plain in ("*", table.id, table.schema, f"{table.schema}.*")]
        if not found:
            names = [table.id.replace(".", "/") for table in contracts.TABLES]
            near = difflib.get_close_matches(selector, names, n=3, cutoff=0.4)
            hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(names)}."
            raise click.BadParameter(f"there is no asset {selector!r}; {hint}", param_hint="--select")
        wanted.update(found)
    return [table for table in contracts.TABLES if table.id in wanted]
