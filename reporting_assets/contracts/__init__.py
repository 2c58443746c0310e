"""What every report and table is: columns, grain, key, partition, endpoint. Data only, no input or output.

Put a new report's or table's facts here, in the module of its schema, and add it to `TABLES`; schema, casts, checks,
documentation and the asset itself derive from it. How to ask a vendor belongs in `sources`, SQL in `models`.
"""

from __future__ import annotations

from reporting_assets.contracts import (
    core,
    core_attendance,
    core_directory,
    core_series,
    engagement,
    platform,
    quality,
    utilization,
    webex,
    zoom_accounts,
    zoom_answers,
    zoom_billing,
    zoom_chat,
    zoom_meetings,
    zoom_quality,
    zoom_rooms,
    zoom_series,
    zoom_telephone,
    zoom_webinar_people,
    zoom_webinars,
)
from reporting_assets.contracts.model import Endpoint, Table
from reporting_assets.contracts.zoom_attachments import CHAT_ATTACHMENTS

TABLES: tuple[Table, ...] = (
    *zoom_accounts.TABLES,
    *zoom_meetings.TABLES,
    *zoom_webinars.TABLES,
    *zoom_webinar_people.TABLES,
    *zoom_answers.TABLES,
    *zoom_quality.TABLES,
    *zoom_rooms.TABLES,
    *zoom_telephone.TABLES,
    *zoom_billing.TABLES,
    *zoom_series.TABLES,
    *zoom_chat.TABLES,
    *webex.TABLES,
    *core.TABLES,
    *core_attendance.TABLES,
    *core_series.TABLES,
    *core_directory.TABLES,
    *engagement.TABLES,
    *utilization.TABLES,
    *quality.TABLES,
)

# Tables that exist only where their setting is on; neither a listing nor SQL makes them.
OPT_IN: tuple[Table, ...] = (CHAT_ATTACHMENTS,)

# Tables that Python makes from the lake's own records.
RECORDS: tuple[Table, ...] = platform.TABLES

EVERY_TABLE: tuple[Table, ...] = (*TABLES, *OPT_IN, *RECORDS)

_BY_ID = {table.id: table for table in EVERY_TABLE}
_ENDPOINTS = {endpoint.name: endpoint for table in TABLES for endpoint in table.endpoints}


def table(table_id: str) -> Table:
    """The table called `schema.name`. Raises KeyError, naming what exists, where there is none."""
    try:
        return _BY_ID[table_id]
    except KeyError:
        raise KeyError(f"there is no table {table_id!r}; there are: {', '.join(sorted(_BY_ID))}") from None


def endpoint(name: str) -> Endpoint:
    """The endpoint called `name`, of whichever table. Raises KeyError where there is none."""
    return _ENDPOINTS[name]


def matching(pattern: str) -> list[Table]:
    """The tables that `schema/name`, `schema.name`, `schema/*`, `schema` or `*` names; none where nothing is called so.

    Opt-in tables only by their whole name.
    """
    plain = pattern.strip().replace("/", ".")
    return [one for one in OPT_IN if plain == one.id] or [
        one for one in (*TABLES, *RECORDS) if plain in ("*", one.id, one.schema, f"{one.schema}.*")
    ]
