"""Which tables a person means by `--select`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import click

from reporting_assets import contracts
from reporting_assets.contracts.model import Table


def tables(selectors: tuple[str, ...]) -> list[Table]:
    """The tables that `schema/name`, `schema/*` or `*` name, in the order they depend on each other.

    Raises click.BadParameter, one sentence with the nearest names, for a selector that names nothing.
    """
    wanted: set[str] = set()
    for selector in (part.strip() for text in selectors for part in text.split(",")):
        found = [table.id for table in contracts.matching(selector)]
        if not found:
            names = [table.id.replace(".", "/") for table in contracts.TABLES]
            near = difflib.get_close_matches(selector, names, n=3, cutoff=0.4)
            hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(names)}."
            raise click.BadParameter(f"there is no asset {selector!r}; {hint}", param_hint="--select")
        wanted.update(found)
    return [table for table in contracts.TABLES if table.id in wanted]


def scheduled(left_out: Iterable[str]) -> list[Table]:
    """Every table that the schedules materialize."""
    skipped = {table.id for pattern in left_out for table in contracts.matching(pattern)}
    return [table for table in contracts.TABLES if table.id not in skipped]
