"""Which columns of a derived table are figures, and rows compared with a recount's, figure by figure.

Every number that no key has is a figure, so a table that gains one fails its comparison until it is recounted too. No
tests here, and nothing is counted: what is expected comes from the `recount` modules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import isclose
from typing import Any

from reporting_assets import contracts
from reporting_assets.contracts.model import Type

Row = Mapping[str, Any]

_NUMBERS = frozenset({Type.INTEGER, Type.NUMBER, Type.DECIMAL})
# Numbers by which the vendor names a kind: nothing was counted or measured.
_LABELS = frozenset({"core.users.license_type", "utilization.host_monthly.license_type"})
_PLACES = 6  # of fractions, where rows are told apart by them


def figures(table_id: str) -> set[str]:
    """Names of the columns that say how much or how many."""
    table = contracts.table(table_id)
    return {
        column.name
        for column in table.columns
        if column.type in _NUMBERS and column.name not in table.key and f"{table_id}.{column.name}" not in _LABELS
    }


def same(table_id: str, row: Row, expected: Row, what: Any = None) -> None:
    """Fails where the row differs from what is expected, or where a figure of the table is not among it."""
    _assert_complete(table_id, expected)
    differing = {name: (row[name], value) for name, value in expected.items() if not _are_equal(row[name], value)}
    assert not differing, f"{table_id} {what}: (stored, recounted) {differing}"


def same_rows(table_id: str, rows: Iterable[Row], expected: Iterable[Row], what: Any = None) -> None:
    """The same of rows whose keys a recount cannot know: equal rows are equally many."""
    wanted = list(expected)
    for row in wanted:
        _assert_complete(table_id, row)
    names = sorted(wanted[0]) if wanted else sorted(figures(table_id))
    found = Counter(tuple(_rounded(row[name]) for name in names) for row in rows)
    recounted = Counter(tuple(_rounded(row[name]) for name in names) for row in wanted)
    assert found == recounted, (
        f"{table_id} {what}, {names}: stored alone {found - recounted}, recounted alone {recounted - found}"
    )


def _assert_complete(table_id: str, expected: Row) -> None:
    missing = figures(table_id) - expected.keys()
    assert not missing, f"{table_id}: {sorted(missing)} are in no recount"


def _are_equal(found: Any, expected: Any) -> bool:
    if isinstance(found, float) and isinstance(expected, float | int):
        return isclose(found, expected, rel_tol=1e-9, abs_tol=1e-6)  # means are of values with so many places
    return bool(found == expected)


def _rounded(value: Any) -> Any:
    return round(value, _PLACES) if isinstance(value, float) else value
