"""What Dagster's UI shows of a table before any run: everything here is derived from its contract."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import dagster as dg

from reporting_assets import contracts
from reporting_assets.contracts.lineage import PARTITION_COLUMN
from reporting_assets.contracts.model import Column, Personal, Table
from reporting_assets.orchestration import automation, partitions

OWNER = "team:reporting"

GROUPS = {"zoom": "zoom_reports"}  # of tables whose contract names none; the schema where it is not here either


def asset_key(table: Table) -> dg.AssetKey:
    """`schema/table`."""
    return dg.AssetKey([table.schema, table.name])


def column_schema(table: Table) -> dg.TableSchema:
    """The stored columns with type, meaning, unit, additivity and personal-data class."""
    key = (PARTITION_COLUMN[table.partition], *table.key)
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.type.value,
                description=_explain(column),
                constraints=dg.TableColumnConstraints(
                    nullable=not column.required, other=["key"] if column.name in key else []
                ),
                tags={"personal_data": column.personal.value} if column.personal is not Personal.NONE else {},
            )
            for column in table.all_columns
        ],
        constraints=dg.TableConstraints(other=[f"key: {', '.join(key)}"]),
    )


def _explain(column: Column) -> str:
    notes = [
        f"unit: {column.unit}" if column.unit else "",
        f"rolls up by {column.additivity}" if column.additivity else "",
    ]
    noted = "; ".join(note for note in notes if note)
    return f"{column.meaning} ({noted})" if noted else column.meaning


def metadata(table: Table) -> Mapping[str, object]:
    """Static facts: columns, key, and for reports where they come from and what they cost."""
    facts: dict[str, object] = {
        "dagster/column_schema": column_schema(table),
        "dagster/table_name": table.id,
        "grain": table.grain,
        "key": ", ".join(table.key),
    }
    for endpoint in table.endpoints:
        facts[f"api: {endpoint.path}"] = dg.MetadataValue.url(endpoint.doc_url)
        facts[f"asked of {endpoint.path}"] = dg.MetadataValue.md(
            f"{endpoint.purpose} Rate label **{endpoint.rate_label}**, scope `{endpoint.scope}`, plan {endpoint.plan}, "
            f"reaches back {endpoint.look_back}."
            + (" A feature that not every account has." if endpoint.is_optional else "")
        )
    return facts


def spec(table: Table, start: date) -> dg.AssetSpec:
    """The asset of a table: key, description, owner, kinds, group, columns, dependencies, partitions, automation."""
    follows = table.is_derived and table not in contracts.RECORDS
    kinds = {"duckdb", "parquet", "sql"} if table.is_derived else {table.schema, "python", "parquet"}
    return dg.AssetSpec(
        key=asset_key(table),
        description=table.description,
        owners=[OWNER],
        group_name=table.group or GROUPS.get(table.schema, table.schema),
        kinds=kinds,
        metadata=metadata(table),
        tags={"grain": table.partition.value},
        deps=dependencies(table),
        partitions_def=partitions.definition(table.partition, start),
        automation_condition=automation.follow_inputs(table) if follows else None,
    )


def dependencies(table: Table) -> list[dg.AssetDep]:
    """A derived table's inputs and the partitions it reads of each; a report's parent where one lists its requests."""
    deps = []
    for read in table.inputs:
        upstream = contracts.table(read.table)
        mapping = partitions.mapping(table.partition, upstream.partition, read.days_before)
        deps.append(dg.AssetDep(asset_key(upstream), partition_mapping=mapping))
    return deps
