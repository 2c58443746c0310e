"""Telephone numbers and postal addresses of people are of a class that `standard` does not store, whichever vendor tells them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from reporting_assets import contracts
from reporting_assets.contracts.model import Column, Item, Table, Type
from reporting_assets.lake.privacy import Action, Policy

_PRIVATE = re.compile(r"phone_?number|^phone$|^address_?[0-9]?$|^zip|^postal|^street|^city$|caller", re.IGNORECASE)


def _told(table: Table) -> Iterator[tuple[str, Column | Item]]:
    for column in table.columns:
        for endpoint in table.endpoints:
            field = column.field_in(endpoint.name)
            if field is not None and column.type is Type.TEXT:
                yield from ((path, column) for path in (field.path, field.fallback) if path)
        yield from ((item.path, item) for item in column.items)


TOLD = [
    pytest.param(each, id=f"{table.id}-{path}")
    for table in contracts.TABLES
    if not table.is_derived
    for path, each in _told(table)
    if _PRIVATE.search(path.rpartition(".")[2])
]


@pytest.mark.parametrize("told", TOLD)
def test_telephones_and_addresses_are_not_stored_by_standard(told: Column | Item) -> None:
    assert Policy("standard").action(told) is Action.REMOVE


def test_both_vendors_tell_some() -> None:
    assert {str(each.id).partition(".")[0] for each in TOLD} == {"zoom", "webex"}
