"""The columns every stored table carries beside its own: its partition value, and where its rows came from."""

from __future__ import annotations

from reporting_assets.contracts.model import Column, Partition, Personal, Type

PARTITION_COLUMN = {Partition.DAY: "dt", Partition.MONTH: "month"}


def partition_column(partition: Partition) -> Column:
    """The partition value, inside the file too, for tools that do not read it from the folder's name."""
    if partition is Partition.DAY:
        return Column("dt", Type.DATE, "The partition: the UTC day these rows belong to.", required=True)
    return Column("month", Type.TEXT, "The partition: the UTC month these rows belong to, yyyy-MM.", required=True)


def lineage_columns(*, derived: bool) -> tuple[Column, ...]:
    """Where a row came from. Fetched rows take these from what was landed, so typing it again gives the same bytes."""
    source = Column("_source", Type.TEXT, "Where the data came from: `live` or `sandbox` (simulated).", required=True)
    if derived:
        return (source,)
    return (
        Column("_ingested_at", Type.TIMESTAMP, "When the fetch that landed this row began.", required=True),
        source,
        Column("_endpoint", Type.TEXT, "The vendor's API path the row was fetched from.", required=True),
        Column("_run_id", Type.TEXT, "The run that fetched the row.", required=True),
        Column(
            "_extra",
            Type.JSON,
            "Fields the vendor sent that the contract does not know; NULL where none. What they say is not known either, so "
            "they count as personal.",
            personal=Personal.IDENTITY,
        ),
    )
