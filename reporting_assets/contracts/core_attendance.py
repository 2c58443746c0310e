"""Contracts of joins and of attendance in schema `core`: who was in which meeting, and for how long.

Not here: the meetings themselves and the columns that both share (`core`), people across meetings (`core_directory`).
"""

from __future__ import annotations

from reporting_assets.contracts.core import (
    EMAIL,
    IDENTITY_CONFIDENCE,
    IDENTITY_METHOD,
    IS_HOST,
    IS_INTERNAL,
    IS_PANELIST,
    IS_WEBINAR,
    MEETING_STARTED_AT,
    MEETING_UUID,
    PERSON_KEY,
    PLATFORM,
    REGISTRANT_ID,
    USER_ID,
)
from reporting_assets.contracts.model import (
    Additivity,
    Column,
    Expectation,
    Input,
    Partition,
    Personal,
    Table,
    Type,
)

_IDENTITY_EXPECTATIONS = (
    Expectation(
        "known_confidence",
        "identity_confidence IN ('strong', 'weak', 'none')",
        "The confidence is one of three classes.",
        blocking=True,
    ),
    Expectation(
        "known_method",
        "identity_method IN ('user_id', 'registrant', 'email', 'name', 'session')",
        "The method is one of five classes.",
        blocking=True,
    ),
)

PARTICIPANT_SESSIONS = Table(
    schema="core",
    name="participant_sessions",
    grain="One row per join of a participant to a meeting or webinar instance that started on the UTC day.",
    about=(
        "From `zoom.meeting_participants`, `zoom.webinar_participants` and `webex.meeting_attendees`, for the instances "
        "in `core.meetings`. Rejoins, devices, breakout rooms and "
        "stays in the waiting room are rows, so rows are not people: `person_key` is. Rows that share a user "
        "id, registration or address, directly or through others, are one person; a name counts only where there is none "
        "of these, and never a generic one such as `iPhone`."
    ),
    partition=Partition.DAY,
    key=("platform", "meeting_uuid", "session_key"),
    inputs=(
        Input("zoom.meeting_participants", is_optional=True),
        Input("zoom.webinar_participants", is_optional=True),
        Input("webex.meeting_attendees", is_optional=True),
        Input("core.meetings"),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        MEETING_UUID,
        Column("session_key", Type.TEXT, "The join: a hash of what the vendor says about it.", required=True),
        MEETING_STARTED_AT,
        IS_WEBINAR,
        PERSON_KEY,
        IDENTITY_METHOD,
        IDENTITY_CONFIDENCE,
        USER_ID,
        Column("registrant_id", Type.TEXT, "The registration this join belongs to.", personal=Personal.USER_ID),
        EMAIL,
        Column("display_name", Type.TEXT, "Name as shown in the meeting.", personal=Personal.IDENTITY),
        IS_HOST,
        IS_PANELIST,
        IS_INTERNAL,
        Column(
            "is_registered",
            Type.BOOLEAN,
            "Whether the person had registered: a registration on Zoom, the report's word on Webex.",
        ),
        Column(
            "is_waiting_room",
            Type.BOOLEAN,
            "A stay in the waiting room, which is not attendance; Webex does not report any.",
            required=True,
        ),
        Column("is_breakout", Type.BOOLEAN, "A stay in a breakout room.", required=True),
        Column("breakout_room_id", Type.TEXT, "The breakout room."),
        Column(
            "joined_at",
            Type.TIMESTAMP,
            "When the participant joined; where Webex does not know, the leave, so that the stay takes no time.",
            required=True,
        ),
        Column("left_at", Type.TIMESTAMP, "When the participant left; NULL while unknown."),
        Column("is_open", Type.BOOLEAN, "Whether the leave is unknown, so that the stay is cut off.", required=True),
        Column(
            "stayed_until_at",
            Type.TIMESTAMP,
            (
                "Until when the stay counts: the leave; else the meeting's end; else, while the meeting runs, the fetch "
                "that saw it; NULL where unknowable, and then it takes no time."
            ),
        ),
    ),
    expectations=(
        *_IDENTITY_EXPECTATIONS,
        Expectation(
            "leave_not_before_join", "left_at IS NULL OR left_at >= joined_at", "Nobody leaves before joining."
        ),
    ),
)


def _seconds(name: str, meaning: str) -> Column:
    return Column(name, Type.INTEGER, meaning, unit="seconds", required=True, additivity=Additivity.SUM)


ATTENDANCE = Table(
    schema="core",
    name="attendance",
    grain="One row per person and meeting or webinar instance that started on the UTC day.",
    about=(
        "From `core.participant_sessions`; people who only waited are not here. Time is the union of a person's stays, "
        "without filling gaps. Lateness and shares are measured against the time attendance is expected: from the later "
        "of scheduled and actual start to the earlier of scheduled and actual end."
    ),
    partition=Partition.DAY,
    key=("platform", "meeting_uuid", "person_key"),
    inputs=(Input("core.participant_sessions"), Input("core.meetings")),
    row_floor=0,
    columns=(
        PLATFORM,
        MEETING_UUID,
        PERSON_KEY,
        MEETING_STARTED_AT,
        IS_WEBINAR,
        IDENTITY_METHOD,
        IDENTITY_CONFIDENCE,
        USER_ID,
        REGISTRANT_ID,
        EMAIL,
        Column("display_name", Type.TEXT, "Name as shown on the person's first join.", personal=Personal.IDENTITY),
        IS_HOST,
        IS_PANELIST,
        IS_INTERNAL,
        Column("is_registered", Type.BOOLEAN, "Whether the person had registered, as any of their joins says."),
        Column("first_joined_at", Type.TIMESTAMP, "First join, the waiting room apart.", required=True),
        Column("last_left_at", Type.TIMESTAMP, "Last leave, or until when the person was seen; NULL where unknowable."),
        Column(
            "join_count",
            Type.INTEGER,
            "Joins: rejoins, further devices and breakout rooms count again.",
            unit="joins",
            required=True,
            additivity=Additivity.SUM,
        ),
        Column(
            "visit_count",
            Type.INTEGER,
            "Visits: stays at most 60 s apart are one.",
            unit="visits",
            required=True,
            additivity=Additivity.SUM,
        ),
        _seconds("attended_seconds", "Time in the meeting, breakout rooms included, each moment once."),
        _seconds("waiting_seconds", "Time in the waiting room, each moment once."),
        Column(
            "has_open_session", Type.BOOLEAN, "Whether a leave is unknown, so that time may be cut off.", required=True
        ),
        Column(
            "is_late",
            Type.BOOLEAN,
            "Whether the first join came more than `REPORTING_LATE_GRACE_SECONDS` (300) after the expected start.",
        ),
        Column(
            "is_early_leave",
            Type.BOOLEAN,
            "Whether the last leave came more than `REPORTING_EARLY_GRACE_SECONDS` (300) before the expected end; NULL while the end is unknown.",
        ),
        Column(
            "pct_of_actual",
            Type.NUMBER,
            "Share of the expected time that the person attended, 0 to 100; NULL while the end is unknown.",
            unit="percent",
            additivity=Additivity.NONE,
        ),
        Column(
            "pct_of_scheduled",
            Type.NUMBER,
            "Share of the scheduled time that the person attended, 0 to 100; NULL without a scheduled start and end.",
            unit="percent",
            additivity=Additivity.NONE,
        ),
        Column(
            "attendance_status",
            Type.TEXT,
            (
                "`present` (75 % or more of the expected time, joined in time), `partial` (50 % or more), or `absent`; "
                "NULL while the end is unknown."
            ),
        ),
        Column(
            "is_shared_account_suspected",
            Type.BOOLEAN,
            "Whether one identity was there under two names at once.",
            required=True,
        ),
    ),
    expectations=(
        *_IDENTITY_EXPECTATIONS,
        Expectation("times_not_negative", "attended_seconds >= 0 AND waiting_seconds >= 0", "Time is never negative."),
        Expectation(
            "visits_within_joins",
            "visit_count BETWEEN 1 AND join_count",
            "Every person visits at least once, and not more often than they join.",
            blocking=True,
        ),
        Expectation(
            "share_is_a_share",
            "coalesce(pct_of_actual BETWEEN 0 AND 100, TRUE) AND coalesce(pct_of_scheduled BETWEEN 0 AND 100, TRUE)",
            "A share of time lies between 0 and 100.",
            blocking=True,
        ),
        Expectation(
            "union_within_span",
            "last_left_at IS NULL OR attended_seconds <= epoch(last_left_at - first_joined_at) + 1",
            "Nobody attends longer than from first join to last leave.",
        ),
    ),
)

TABLES = (PARTICIPANT_SESSIONS, ATTENDANCE)
