"""Which tables a person means by `--select`."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import click

from reporting_assets import contracts
from reporting_assets.contracts.model import Table


def tables(selectors: tuple[str, ...], opted_in: Sequence[str] = ()) -> list[Table]:
    """The tables that `schema/name`, `schema/*` or `*` name, in the order they depend on each other.

    Raises click.BadParameter, one sentence with the nearest names, for a selector that names nothing, or a table that is
    off.
    """
    wanted: set[str] = set()
    for selector in (part.strip() for text in selectors for part in text.split(",")):
        found = [table.id for table in contracts.matching(selector)]
        if not found:
            names = [table.id.replace(".", "/") for table in (*contracts.TABLES, *contracts.RECORDS)]
            near = difflib.get_close_matches(selector, names, n=3, cutoff=0.4)
            schemas = dict.fromkeys(name.partition("/")[0] for name in names)
            everything = ", ".join(f"{schema}/*" for schema in schemas)
            hint = (
                f"did you mean {' or '.join(near)}?"
                if near
                else f"there are {everything}; docs/data_dictionary.md names all."
            )
            raise click.BadParameter(f"there is no asset {selector!r}; {hint}", param_hint="--select")
        wanted.update(found)
    off = [table for table in contracts.OPT_IN if table.id in wanted and table.id.replace(".", "/") not in opted_in]
    if off:
        setting = off[0].id.replace(".", "_").upper()
        raise click.BadParameter(f"{off[0].id} is off; set {setting}=true.", param_hint="--select")
    return [table for table in contracts.EVERY_TABLE if table.id in wanted]
