"""A made-up report with everything a record may be made of: elements, legs, series, lists, places, unknown fields."""

from __future__ import annotations

from dataclasses import replace

from reporting_assets.contracts.model import Column, Field, Item, Leg, Parse, Partition, Personal, Table, Type
from reporting_assets_tests.lake.example import endpoint

SAMPLES = Table(
    schema="test",
    name="samples",
    grain="One row per sample.",
    about="Made up.",
    partition=Partition.DAY,
    key=("parent_place", "place", "kind", "number", "index"),
    endpoints=(
        replace(
            endpoint("samples", "/samples"),
            each="samples",
            legs=(Leg("sound", {"kind": "sound"}), Leg("picture", {"kind": "picture", "way": "out"})),
            series=("values", "times"),
        ),
    ),
    columns=(
        Column("person", Type.TEXT, "Who.", personal=Personal.USER_ID, source=Field("$parent.user.id")),
        Column(
            "email",
            Type.TEXT,
            "Address.",
            personal=Personal.IDENTITY,
            source=Field("email", fallback="$parent.user.email"),
        ),
        Column("asked", Type.TEXT, "Asked for.", source=Field("$request.kind")),
        Column("currency", Type.TEXT, "Beside the rows.", source=Field("_answer.currency")),
        Column("array", Type.TEXT, "The list.", source=Field("_array")),
        Column("place", Type.INTEGER, "Place.", source=Field("$place")),
        Column("parent_place", Type.INTEGER, "Place of the record.", source=Field("$parent_place")),
        Column("at", Type.TIMESTAMP, "When.", source=Field("at", Parse.EPOCH_MILLISECONDS)),
        Column("kind", Type.TEXT, "Kind.", source=Field("$label.kind")),
        Column("way", Type.TEXT, "Way.", source=Field("$label.way")),
        Column("number", Type.INTEGER, "Number.", source=Field("$leg.number")),
        Column("rate_kbps", Type.NUMBER, "Rate.", unit="kbit/s", source=Field("$leg.rate", Parse.KBPS)),
        Column("value", Type.TEXT, "Value.", source=Field("$leg.values")),
        Column("time", Type.INTEGER, "Time.", source=Field("$leg.times")),
        Column("index", Type.INTEGER, "Place in the series.", source=Field("$index")),
        Column("cost", Type.DECIMAL, "Cost.", source=Field("$parent.cost")),
        Column(
            "addresses",
            Type.LIST,
            "Addresses.",
            personal=Personal.DEVICE,
            source=Field("$parent.addresses"),
            items=(Item("address", Type.TEXT, "One.", ""),),
        ),
        Column(
            "people",
            Type.LIST,
            "People.",
            source=Field("people"),
            items=(
                Item("person_id", Type.TEXT, "Who.", "id", personal=Personal.USER_ID),
                Item("age", Type.INTEGER, "Age.", "facts.age"),
                Item("name", Type.TEXT, "Name.", "name", personal=Personal.IDENTITY),
            ),
        ),
    ),
)
