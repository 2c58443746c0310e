"""Contracts of calls that reach meetings from other networks: telephone legs, and ports of the Room Connector."""

from __future__ import annotations

from reporting_assets.contracts.asking import Slices, VendorDay
from reporting_assets.contracts.model import (
    Additivity,
    Column,
    Endpoint,
    Expectation,
    Field,
    Partition,
    Personal,
    RateLabel,
    Table,
    Type,
)

_DOCS = "https://developers.zoom.us/docs/api"

REPORT_TELEPHONE = Endpoint(
    name="report_telephone",
    path="/report/telephone",
    rows_at="telephony_usage",
    purpose="Telephone legs of meetings and what they cost, one listing per kind of audio.",
    rate_label=RateLabel.HEAVY,
    scope="report:read:telephone:admin",
    classic_scopes=("report:read:admin",),
    plan="Pro or higher, with an audio plan or the toll report enabled",
    look_back="6 months (not stated for this call)",
    look_back_days=180,
    doc_url=f"{_DOCS}/meetings/#tag/reports/GET/report/telephone",
    page_size=300,
    params={"query_date_type": "start_time"},  # of the leg, which decides its partition; others lose the totals
    is_optional=True,
)

METRICS_CRC = Endpoint(
    name="metrics_crc",
    path="/metrics/crc",
    rows_at="crc_ports_usage",
    each="crc_ports_hour_usage",
    purpose="Ports of the Conference Room Connector in use, hour by hour.",
    rate_label=RateLabel.HEAVY,
    scope="dashboard:read:crc_port_usage:admin",
    classic_scopes=("dashboard_crc:read:admin", "dashboard:read:admin"),
    plan="Business or Education, with Room Connector",
    look_back="6 months (not stated for this call)",
    look_back_days=180,
    doc_url=f"{_DOCS}/accounts/#tag/dashboards/GET/metrics/crc",
    is_optional=True,
)

TELEPHONE = Table(
    schema="zoom",
    name="telephone",
    grain="One row per telephone leg of a meeting or webinar that started on the UTC day.",
    about=(
        "Somebody who dials in twice is two legs. Legs have no id, and two callers who hide their numbers may dial in in "
        "the same second: `twin` keeps such legs apart, under every privacy profile."
    ),
    partition=Partition.DAY,
    key=("started_at", "audio_type", "meeting_uuid", "call_type", "phone_number", "call_in_number", "twin"),
    partition_by="started_at",
    group="zoom_reports",
    row_floor=0,
    endpoints=(REPORT_TELEPHONE,),
    asks=(Slices(endpoint=REPORT_TELEPHONE.name, passes=({"type": "1"}, {"type": "2"}, {"type": "3"})),),
    columns=(
        Column("started_at", Type.TIMESTAMP, "When the leg began.", required=True, source=Field("start_time")),
        Column("ended_at", Type.TIMESTAMP, "When the leg ended.", source=Field("end_time")),
        Column(
            "audio_type",
            Type.INTEGER,
            "The listing the leg stood in: 1 toll-free and call-out, 2 toll, 3 SIP connected audio.",
            required=True,
            source=Field("$request.type"),
        ),
        Column(
            "call_type",
            Type.TEXT,
            "Kind of call, such as `toll-free`, `call-out`, `call-in`, `premium` or `Toll`.",
            source=Field("type"),
        ),
        Column("meeting_uuid", Type.TEXT, "The meeting instance.", source=Field("uuid")),
        Column(
            "meeting_number",
            Type.TEXT,
            "The series: recurring meetings and personal rooms reuse their number, and a personal room's names its owner.",
            personal=Personal.USER_ID,
            source=Field("meeting_id"),
        ),
        Column("meeting_type", Type.TEXT, "`Meeting` or `Webinar`.", source=Field("meeting_type")),
        Column("host_user_id", Type.TEXT, "Zoom's id of the host.", personal=Personal.USER_ID, source=Field("host_id")),
        Column(
            "host_email",
            Type.TEXT,
            "The host's e-mail address.",
            personal=Personal.IDENTITY,
            source=Field("host_email"),
        ),
        Column("host_name", Type.TEXT, "The host's name.", personal=Personal.IDENTITY, source=Field("host_name")),
        Column("host_department", Type.TEXT, "The host's department.", source=Field("dept")),
        Column("country", Type.TEXT, "Country of the call.", source=Field("country_name")),
        Column(
            "phone_number",
            Type.TEXT,
            "The number that was called: Zoom's own, or for a call-out somebody's telephone.",
            personal=Personal.DEVICE,
            source=Field("phone_number"),
        ),
        Column(
            "signaled_number",
            Type.TEXT,
            "The number that was signalled to Zoom.",
            personal=Personal.DEVICE,
            source=Field("signaled_number"),
        ),
        Column(
            "call_in_number",
            Type.TEXT,
            "The number the caller dialled in from, or the gateway.",
            personal=Personal.DEVICE,
            source=Field("call_in_number"),
        ),
        Column(
            "billed_minutes",
            Type.INTEGER,
            "Length in whole minutes, rounded up for each leg.",
            unit="minutes",
            source=Field("duration"),
            additivity=Additivity.SUM,
        ),
        Column(
            "rate_usd",
            Type.NUMBER,
            "Calling rate of the leg, as Zoom states it.",
            unit="USD",
            source=Field("rate"),
            additivity=Additivity.NONE,
        ),
        Column(
            "cost_usd",
            Type.DECIMAL,
            "What the leg cost.",
            unit="USD",
            source=Field("total"),
            additivity=Additivity.SUM,
        ),
        Column(
            "twin",
            Type.INTEGER,
            "Which of the legs that the other key columns cannot tell apart this is, from 0; nearly always 0.",
            required=True,
            source=Field("$twin"),
            additivity=Additivity.NONE,
        ),
    ),
    expectations=(
        Expectation(
            "ends_after_start", "ended_at IS NULL OR ended_at >= started_at", "A leg does not end before it starts."
        ),
        Expectation("amounts_not_negative", "cost_usd >= 0 AND rate_usd >= 0", "No leg earns money."),
        Expectation("minutes_not_negative", "billed_minutes >= 0", "Minutes are never negative."),
        Expectation(
            "minutes_cover_the_leg",
            "ended_at IS NULL OR abs(billed_minutes * 60 - date_diff('second', started_at, ended_at)) <= 60",
            "The billed minutes are the leg's length, rounded up.",
        ),
        Expectation("has_meeting", "meeting_uuid IS NOT NULL", "Every leg belongs to a meeting."),
    ),
)

CRC_PORTS = Table(
    schema="zoom",
    name="crc_ports",
    grain="One row per hour of the day, with the Conference Room Connector's ports in use.",
    about=(
        "Zoom's own totals, whose days and hours are cut in a zone Zoom does not document. A longer range than a month is "
        "silently cut to its last month, so days are asked for one by one and the answer's range is compared with it."
    ),
    partition=Partition.DAY,
    # Not cut by its date: a moment of the account's zone may lie on the UTC day before, and one day was asked for.
    key=("usage_date", "hour"),
    group="zoom_dashboards",
    row_floor=0,
    endpoints=(METRICS_CRC,),
    asks=(VendorDay(endpoint=METRICS_CRC.name),),
    columns=(
        Column(
            "usage_date",
            Type.DATE,
            "The day, as the vendor cuts it.",
            required=True,
            source=Field("$parent.date_time"),
        ),
        Column("hour", Type.INTEGER, "Hour of that day, 0 to 23.", required=True, source=Field("hour")),
        Column(
            "max_ports",
            Type.INTEGER,
            "The most ports that were in use at one moment of the hour.",
            unit="ports",
            source=Field("max_usage"),
            additivity=Additivity.MAX,
        ),
        Column(
            "connections",
            Type.INTEGER,
            "H.323 and SIP connections in the hour.",
            unit="connections",
            source=Field("total_usage"),
            additivity=Additivity.SUM,
        ),
    ),
    expectations=(
        Expectation("hour_of_day", "hour BETWEEN 0 AND 23", "A day has the hours 0 to 23.", blocking=True),
        Expectation("counts_not_negative", "max_ports >= 0 AND connections >= 0", "Counts are never negative."),
    ),
)

TABLES: tuple[Table, ...] = (TELEPHONE, CRC_PORTS)
