"""Contracts of `utilization` tables about what meetings use: rooms, ports, telephone legs, storage and features.

Not here: who hosts and attends (`utilization`, `utilization_hosts`).
"""

from __future__ import annotations

from reporting_assets.contracts.core import PLATFORM
from reporting_assets.contracts.model import Additivity, Column, Expectation, Input, Partition, Table, Type
from reporting_assets.contracts.utilization_measures import (
    LOCAL_DATE,
    a_share,
    minutes,
    moment,
    peak,
    people,
    ratio,
    total,
)


def _hours(name: str, meaning: str) -> Column:
    return Column(name, Type.NUMBER, meaning, unit="hours", required=True, additivity=Additivity.SUM)


def _bytes(name: str, meaning: str) -> Column:
    """A stock: sizes of different days are one thing seen again."""
    return Column(name, Type.INTEGER, meaning, unit="bytes", additivity=Additivity.NONE)


ROOM_DAILY = Table(
    schema="utilization",
    name="room_daily",
    grain="One row per meeting room of the account for the local date.",
    about=(
        "From `core.rooms` and `zoom.room_meetings`. A room is used while any meeting it takes part in runs, each moment "
        "once; time is cut at midnight of the report time zone. Bookings are not in the reports, so neither are rooms "
        "that were booked and stayed empty. Available hours are those of `REPORTING_ROOM_HOURS` (8) on working days, "
        "Monday to Friday, and none on others. What is wrong with a room, and whether it is online, is as of the snapshot "
        "of the UTC day. Webex rooms are not fetched."
    ),
    partition=Partition.DAY,
    key=("platform", "room_id"),
    inputs=(
        Input("core.rooms"),
        Input("zoom.room_meetings", days_before=3),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        Column("room_id", Type.TEXT, "The vendor's id of the room.", required=True),
        Column("room_name", Type.TEXT, "Name of the room."),
        Column("location", Type.TEXT, "Where the room is, as the admin named it."),
        LOCAL_DATE,
        total("meetings", "Meetings the room took part in that ran on the date.", "meetings"),
        _hours("used_hours", "Time in which at least one of them ran."),
        _hours("available_hours", "Hours in which the room is meant to be used."),
        ratio(
            "used_utilization_rate",
            "Used hours divided by available hours: above 1 where use goes beyond them; NULL on other days.",
            "share",
        ),
        Column("is_working_day", Type.BOOLEAN, "Whether the date is a Monday to Friday.", required=True),
        moment("first_used_at", "When the use began on the date; NULL where unused."),
        moment("last_used_at", "When it ended."),
        Column("status", Type.TEXT, "`Available`, `InMeeting`, `Offline`, `UnderConstruction` or the like."),
        Column("health", Type.TEXT, "The vendor's summary of the issues, such as `healthy` or `critical`."),
        Column("is_online", Type.BOOLEAN, "Whether the room was connected."),
        people("issues", "Issues the room had.", "issues", required=False),
        Column("is_taken_in_time", Type.BOOLEAN, "Whether the snapshot behind these was taken on the day or the next."),
    ),
    expectations=(
        Expectation(
            "used_within_date",
            "used_hours BETWEEN 0 AND 25",
            "A room is used for no longer than the date has hours (25 when clocks go back).",
            blocking=True,
        ),
        Expectation(
            "used_by_meetings", "(used_hours > 0) = (meetings > 0)", "A room is used by meetings.", blocking=True
        ),
        Expectation("room_online", "coalesce(is_online, TRUE)", "Every room is connected."),
    ),
)

CRC_HOURLY = Table(
    schema="utilization",
    name="crc_hourly",
    grain="One row per hour of the vendor's day, with the Conference Room Connector's use.",
    about=(
        "From `zoom.crc_ports`. Days and hours are the vendor's, whose zone it does not document. Over several hours the "
        "ports roll up by their highest, connections by their sum: one that lasts over the hour counts in each."
    ),
    partition=Partition.DAY,
    key=("platform", "usage_date", "usage_hour"),
    inputs=(Input("zoom.crc_ports"),),
    row_floor=0,
    columns=(
        PLATFORM,
        Column("usage_date", Type.DATE, "The day, as the vendor cuts it.", required=True),
        Column("usage_hour", Type.INTEGER, "Hour of that day, 0 to 23.", unit="hour of day", required=True),
        peak("max_ports", "The most ports that were in use at one moment of the hour.", "ports"),
        total("connections", "H.323 and SIP connections in the hour.", "connections"),
        Column(
            "is_peak_hour",
            Type.BOOLEAN,
            "Whether it is the day's hour with most ports, the earliest on ties; none on days without use.",
            required=True,
        ),
    ),
    expectations=(
        Expectation(
            "ports_within_connections",
            "max_ports <= connections",
            "There are no more ports in use than connections.",
        ),
    ),
)

TELEPHONY_DAILY = Table(
    schema="utilization",
    name="telephony_daily",
    grain="One row per vendor, type of call and country for the UTC day.",
    about=(
        "From `zoom.telephone`, by the day the leg began, and `webex.meeting_usage`, by the day the meeting started. "
        "Webex has no legs, countries or costs: its minutes per meeting and type stand as time, the rest is NULL."
    ),
    partition=Partition.DAY,
    key=("platform", "call_type", "country"),
    inputs=(
        Input("zoom.telephone", is_optional=True),
        Input("webex.meeting_usage", is_optional=True),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        Column(
            "call_type",
            Type.TEXT,
            (
                "Kind of call in lower case: on Zoom such as `toll-free`, `call-out`, `call-in`, `premium` or `toll`; on "
                "Webex `call-in`, `call-in-toll-free`, `call-out-domestic` or `call-out-international`; `unknown` where "
                "the report does not say."
            ),
            required=True,
        ),
        Column("country", Type.TEXT, "Country of the call, or `unknown`.", required=True),
        total("legs", "Telephone legs: who dials in twice is two.", "legs", required=False),
        total("instances", "Meetings and webinars that had any.", "instances"),
        total("leg_seconds", "From begin to end of the legs; on Webex the vendor's minutes.", "seconds"),
        total("billed_minutes", "Begun minutes of each leg, which is what is billed.", "minutes", required=False),
        Column(
            "cost_usd",
            Type.DECIMAL,
            "What the legs cost, as the vendor states it.",
            unit="USD",
            additivity=Additivity.SUM,
        ),
    ),
    expectations=(
        Expectation(
            "billed_covers_time",
            "billed_minutes IS NULL OR billed_minutes * 60 >= leg_seconds",
            "Begun minutes are no less than the time.",
        ),
        Expectation(
            "not_negative",
            "leg_seconds >= 0 AND coalesce(cost_usd, 0) >= 0",
            "Neither time nor cost is negative.",
        ),
    ),
)

RECORDING_STORAGE_MONTHLY = Table(
    schema="utilization",
    name="recording_storage_monthly",
    grain="One row per vendor for the month: the storage that cloud recordings take.",
    about=(
        "From `zoom.cloud_recording`. A stock: a month has its last day and the mean of its days, and months never add "
        "up. Zoom rounds to the unit it writes. Days are the vendor's. Webex does not report storage."
    ),
    partition=Partition.MONTH,
    key=("platform",),
    inputs=(Input("zoom.cloud_recording"),),
    row_floor=0,
    columns=(
        PLATFORM,
        Column("days_covered", Type.INTEGER, "Days of the month that the vendor reported.", unit="days", required=True),
        Column("first_date", Type.DATE, "First of these days.", required=True),
        Column("last_date", Type.DATE, "Last of these days.", required=True),
        _bytes("used_bytes_last", "Storage in use on the last day; NULL where the vendor does not say."),
        Column("used_bytes_mean", Type.NUMBER, "Mean over the days.", unit="bytes", additivity=Additivity.NONE),
        Column("used_bytes_max", Type.INTEGER, "The most on one of the days.", unit="bytes", additivity=Additivity.MAX),
        _bytes("used_bytes_growth", "Last day less first day."),
        _bytes("plan_bytes_last", "Storage paid for on the last day; NULL where unlimited."),
        _bytes("free_bytes_last", "Storage that comes free on the last day; NULL where unlimited."),
        ratio(
            "plan_used_rate",
            "Storage in use on the last day divided by what is paid for and free; NULL where either is unlimited.",
            "share",
        ),
    ),
    expectations=(
        Expectation(
            "mean_within_max",
            "coalesce(used_bytes_mean <= used_bytes_max AND used_bytes_last <= used_bytes_max, TRUE)",
            "Neither the mean nor the last day is above the highest day.",
            blocking=True,
        ),
        Expectation(
            "within_plan",
            "coalesce(plan_used_rate <= 1, TRUE)",
            "Recordings take no more than is paid for.",
        ),
    ),
)

FEATURE_ADOPTION_MONTHLY = Table(
    schema="utilization",
    name="feature_adoption_monthly",
    grain="One row per vendor and feature for the UTC month.",
    about=(
        "Which share of the meetings and webinars used a feature, out of those whose report says whether. Where the plan "
        "or the vendor does not say, the counts are 0 of 0 and the rates NULL: Webex tells audio alone, Zoom's "
        "reports per host less than its dashboards. A feature counts as used where one person used it once."
    ),
    partition=Partition.MONTH,
    key=("platform", "feature"),
    inputs=(
        Input("core.meetings"),
        Input("zoom.meetings", is_optional=True),  # captions
        Input("zoom.webinars", is_optional=True),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        Column(
            "feature",
            Type.TEXT,
            (
                "`video`, `screen_share`, `recording`, `poll`, `qa`, `survey`, `chat`, `phone`, `computer_audio`, "
                "`room_system` (SIP), `automated_captions`, `manual_captions` or `external_participant`."
            ),
            required=True,
        ),
        total("meetings", "Meetings of the month.", "meetings"),
        total("meetings_known", "Those whose report says whether the feature was used.", "meetings"),
        total("meetings_with_feature", "Those that used it.", "meetings"),
        ratio("meeting_adoption_rate", "Meetings with the feature divided by those known.", "share"),
        total("webinars", "Webinars of the month.", "webinars"),
        total("webinars_known", "Those whose report says whether the feature was used.", "webinars"),
        total("webinars_with_feature", "Those that used it.", "webinars"),
        ratio("webinar_adoption_rate", "Webinars with the feature divided by those known.", "share"),
        people("adopting_hosts", "Hosts of a meeting or webinar with the feature.", "hosts"),
        minutes("minutes_with_feature", "Length of the meetings and webinars with the feature, where known."),
    ),
    expectations=(
        Expectation(
            "used_within_known",
            "meetings_with_feature <= meetings_known AND meetings_known <= meetings"
            " AND webinars_with_feature <= webinars_known AND webinars_known <= webinars",
            "Those that used a feature are some of those known, and these some of all.",
            blocking=True,
        ),
        a_share("meeting_adoption_rate"),
        a_share("webinar_adoption_rate"),
    ),
)

TABLES = (ROOM_DAILY, CRC_HOURLY, TELEPHONY_DAILY, RECORDING_STORAGE_MONTHLY, FEATURE_ADOPTION_MONTHLY)
