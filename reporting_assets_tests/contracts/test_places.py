"""Paths of columns, read: their level, their fields, and where these stand in a landed record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reporting_assets import contracts
from reporting_assets.contracts.model import Field, Leg
from reporting_assets.contracts.places import Level, Place, field_places, place, request_names, root_paths

PLAIN = contracts.endpoint("list_users")
NESTED = replace(PLAIN, each="a.b", legs=(Leg("x", {}), Leg("y.z", {})))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.b", Place(Level.RECORD, ("a", "b"))),
        ("$parent.a", Place(Level.PARENT, ("a",))),
        ("$leg.a.b", Place(Level.LEG, ("a", "b"))),
        ("$label.kind", Place(Level.LABEL, ("kind",))),
        ("$request.meeting_uuid", Place(Level.REQUEST, ("meeting_uuid",))),
        ("$place", Place(Level.PLACE, ())),
        ("$twin", Place(Level.TWIN, ())),
    ],
)
def test_paths_are_read(path: str, expected: Place):
    assert place(path) == expected


@pytest.mark.parametrize("path", ["$elsewhere.a", "$parent", "$leg", "$place.a", "a..b", "a.", "$"])
def test_other_paths_are_refused(path: str):
    with pytest.raises(ValueError, match="The path"):
        place(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("c", {("a", "b", "c")}),
        ("$parent.c", {("c",)}),
        ("$leg.c", {("a", "b", "x", "c"), ("a", "b", "y", "z", "c")}),
        ("$label.kind", set()),
        ("$request.c", set()),
        ("$place", set()),
        ("_answer.c", {("_answer", "c")}),
        ("_array", {("_array",)}),
    ],
)
def test_paths_stand_in_the_landed_record(path: str, expected: set[tuple[str, ...]]):
    assert set(root_paths(NESTED, Field(path))) == expected


def test_without_elements_the_record_is_the_root():
    assert root_paths(PLAIN, Field("c.d", fallback="e")) == (("c", "d"), ("e",))
    assert field_places(PLAIN, Field("_answer.c")) == (Place(Level.RECORD, ("_answer", "c")),)


def test_a_column_that_is_not_delivered_stands_nowhere():
    assert field_places(PLAIN, None) == root_paths(PLAIN, None) == request_names(None) == ()


def test_values_of_the_request_are_named():
    assert request_names(Field("a", fallback="$request.b")) == ("b",)


@pytest.mark.parametrize("table", [each for each in contracts.TABLES if not each.is_derived], ids=lambda each: each.id)
def test_every_path_of_every_report_can_be_read(table):
    for endpoint in table.endpoints:
        for column in table.columns:
            for found in field_places(endpoint, column.field_in(endpoint.name)):
                assert found.level is not Level.PARENT or endpoint.each, column.name
                assert found.level not in (Level.LEG, Level.LABEL) or endpoint.legs, column.name
                assert found.level is not Level.PLACE or endpoint.each, column.name
                assert found.level is not Level.INDEX or endpoint.series, column.name
