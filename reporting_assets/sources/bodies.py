"""Where an answer's records stand, and what stands around them: the shapes of bodies that contracts describe.

Pure functions of one body. Whether an answer is a success belongs in `answers`, going from page to page in `paging`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reporting_assets.contracts.model import Endpoint
from reporting_assets.sources.model import Record

PAGING = frozenset({"next_page_token", "page_count", "page_number", "page_size", "total_records"})
ECHOED = frozenset({"from", "to"})


def around(body: Mapping[str, Any], endpoint: Endpoint) -> Mapping[str, Any]:
    """The object in which the rows stand, and the paging fields beside them; empty where the answer has none."""
    value: Any = body
    for name in endpoint.rows_at.split(".")[:-1]:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def records_of(body: Mapping[str, Any], endpoint: Endpoint) -> list[Record] | None:
    """The records at `rows_at`; None where the answer is not what the contract says.

    A list may be left out where the vendor counts none; only a list can have pages.
    """
    if not endpoint.rows_at:
        return [dict(body)] if body else None
    beside = around(body, endpoint)
    rows = beside.get(endpoint.rows_at.rpartition(".")[2])
    if rows is None and beside.get("total_records") == 0:
        return []
    if isinstance(rows, dict) and endpoint.page_size is None:
        return [rows]
    return rows if _is_list_of_objects(rows) else None


def total_of(body: Mapping[str, Any], endpoint: Endpoint) -> int | None:
    """How many records the vendor says the whole list holds; None where it does not say, or there is no list."""
    beside = around(body, endpoint)
    total = beside.get("total_records")
    is_list = isinstance(beside.get(endpoint.rows_at.rpartition(".")[2], []), list)
    is_number = isinstance(total, int) and not isinstance(total, bool)
    return total if endpoint.rows_at and is_list and is_number else None


def further_records(body: Mapping[str, Any], endpoint: Endpoint) -> dict[str, list[Record]] | None:
    """The records of the lists beside the rows, by list; each may be left out. None where one is no such list."""
    found = {name: body.get(name) or [] for name in endpoint.also_rows_at}
    return found if all(map(_is_list_of_objects, found.values())) else None


def with_answer(
    body: Mapping[str, Any], endpoint: Endpoint, records: list[Record], further: Mapping[str, list[Record]]
) -> list[Record]:
    """The records as they are delivered: with the answer's other fields, and with their list where there are several."""
    marks: dict[str, Any] = {}
    if endpoint.rows_at and (rest := _rest(body, endpoint.rows_at.split("."), endpoint.also_rows_at)):
        marks["_answer"] = rest
    if not endpoint.also_rows_at:
        return [record | marks for record in records] if marks else records
    lists = {endpoint.rows_at: records, **further}
    return [record | marks | {"_array": name} for name, those in lists.items() for record in those]


def _rest(value: Mapping[str, Any], path: Sequence[str], also: Sequence[str]) -> dict[str, Any]:
    """What an object holds beside the rows at `path`, paging and the echo of what was asked."""
    rest = {name: each for name, each in value.items() if name not in (PAGING | ECHOED | {path[0], *also})}
    inner = value.get(path[0])
    if len(path) > 1 and isinstance(inner, Mapping) and (within := _rest(inner, path[1:], ())):
        rest[path[0]] = within
    return rest


def _is_list_of_objects(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(record, dict) for record in rows)
