"""The data dictionary, written from the contracts: `python -m reporting_assets.contracts.dictionary`.

A test compares `docs/data_dictionary.md` with this, so the document cannot fall behind.
"""

from __future__ import annotations

from reporting_assets.contracts import EVERY_TABLE
from reporting_assets.contracts.constants import CONSTANTS, Constant
from reporting_assets.contracts.model import Column, Endpoint, Personal, Table

HEAD = """# Data dictionary

Every table, from its contract (`reporting_assets/contracts/`). Written by `make docs`; do not edit.

Empty vendor values are NULL. Timestamps are UTC. *Rolls up by*: `sum` and `max` may be aggregated so; `none` must be
recomputed from the facts at the grain wanted. *Personal*: the class by which the privacy policy (`REPORTING_PRIVACY`)
decides what is stored; `secret` is never stored.
"""


def dictionary() -> str:
    """The whole document."""
    listed: list[Table | Constant] = [*EVERY_TABLE, *CONSTANTS]
    contents = "\n".join(f"- [`{table.id}`](#{_anchor(table)}): {table.grain}" for table in listed)
    tables = [_constant(table) if isinstance(table, Constant) else _table(table) for table in listed]
    return "\n".join([HEAD, contents, "", *tables])


def _anchor(table: Table | Constant) -> str:
    return table.id.replace(".", "")


def _table(table: Table) -> str:
    facts = [f"- Partition: one UTC {table.partition}", f"- Key: {', '.join(f'`{name}`' for name in table.key)}"]
    facts += [_endpoint(endpoint) for endpoint in table.endpoints]
    if table.inputs:
        facts.append(f"- Reads: {', '.join(_input(read.table, read.days_before) for read in table.inputs)}")
    if table.expectations:
        facts.append(
            "- Checks: "
            + "; ".join(f"`{item.name}`{' (blocks)' if item.blocking else ''}" for item in table.expectations)
        )
    head = "| column | type | unit | meaning | from | rolls up by | personal |\n|---|---|---|---|---|---|---|"
    rows = "\n".join(_column(table, column) for column in table.all_columns)
    return f"## {table.id}\n\n{table.description}\n\n" + "\n".join(facts) + f"\n\n{head}\n{rows}\n"


def _constant(table: Constant) -> str:
    head = "| column | type | meaning |\n|---|---|---|"
    rows = "\n".join(f"| `{column.name}` | {column.type} | {column.meaning} |" for column in table.columns)
    return f"## {table.id}\n\n{table.description}\n\n- The same in every lake\n\n{head}\n{rows}\n"


def _input(name: str, days_before: int) -> str:
    return f"`{name}`" + (f" (and {days_before} day{'s' if days_before > 1 else ''} before)" if days_before else "")


def _endpoint(endpoint: Endpoint) -> str:
    pages = f"pages of {endpoint.page_size}" if endpoint.page_size else "one page"
    return (
        f"- From [`{endpoint.path}`]({endpoint.doc_url}): {endpoint.rate_label}, {pages}, scope `{endpoint.scope}`, "
        f"plan: {endpoint.plan}, reaches back {endpoint.look_back}"
    )


def _column(table: Table, column: Column) -> str:
    fields = [field for endpoint in table.endpoints if (field := column.field_in(endpoint.name))]
    places = dict.fromkeys(path for field in fields for path in (field.path, field.fallback) if path)
    cells = (
        f"`{column.name}`",
        f"{column.type}{', required' if column.required else ''}",
        column.unit or "",
        column.meaning,
        ", ".join(f"`{place}`" for place in places),
        str(column.additivity or ""),
        "" if column.personal is Personal.NONE else str(column.personal),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    print(dictionary(), end="")
