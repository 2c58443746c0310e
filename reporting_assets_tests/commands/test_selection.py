"""What `--select` names."""

from __future__ import annotations

import click
import pytest

from reporting_assets import contracts
from reporting_assets.commands.selection import tables


def test_a_star_names_everything_in_order_of_dependence() -> None:
    assert tables(("*",)) == [*contracts.TABLES, *contracts.RECORDS]


@pytest.mark.parametrize("written", ["core/*", "core.*", "core"])
def test_a_schema_names_its_tables(written: str) -> None:
    assert {table.schema for table in tables((written,))} == {"core"}


def test_names_may_be_listed_and_repeated_in_any_order() -> None:
    named = tables(("zoom.meetings, zoom/users", "zoom/meetings"))
    assert [table.id for table in named] == ["zoom.users", "zoom.meetings"]


def test_a_name_that_does_not_exist_is_answered_with_the_nearest() -> None:
    with pytest.raises(click.BadParameter, match="there is no asset 'zoom/meeting'; did you mean zoom/meetings"):
        tables(("zoom/meeting",))
    with pytest.raises(click.BadParameter, match=r"there are zoom/\*, webex/\*"):
        tables(("???",))
