"""Contract of meetings in schema `core`, of every vendor in one shape, and the columns that facts about them share.

Not here: joins and attendance (`core_attendance`), series and webinars (`core_series`), people, users, rooms and dates
(`core_directory`), and measures of whole meetings (`engagement`) or of accounts and hosts (`utilization`).
"""

from __future__ import annotations

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

PLATFORM = Column(
    "platform", Type.TEXT, "The vendor: `zoom` or `webex`. Ids are unique only within one.", required=True
)
MEETING_UUID = Column(
    "meeting_uuid", Type.TEXT, "The meeting or webinar instance: each start has its own.", required=True
)
IS_WEBINAR = Column(
    "is_webinar", Type.BOOLEAN, "Whether it is a webinar; meetings and webinars are counted apart.", required=True
)
MEETING_NUMBER = Column(
    "meeting_number",
    Type.TEXT,
    "The series: recurring meetings and personal rooms reuse their number, and a personal room's names its owner.",
    personal=Personal.USER_ID,
)
MEETING_STARTED_AT = Column(
    "meeting_started_at", Type.TIMESTAMP, "When the instance started: it decides the partition.", required=True
)
PERSON_KEY = Column(
    "person_key",
    Type.TEXT,
    (
        "The person: `u:` user id, `r:` registration, `e:` e-mail address; equal across meetings. `n:` a name and `s:` "
        "a single join stand for a person within one instance only, hashed."
    ),
    personal=Personal.IDENTITY,
    required=True,
)
IDENTITY_METHOD = Column(
    "identity_method",
    Type.TEXT,
    "The strongest thing known about the person: `user_id`, `registrant`, `email`, `name` or `session`.",
    required=True,
)
IDENTITY_CONFIDENCE = Column(
    "identity_confidence",
    Type.TEXT,
    "`strong` (user id, registration, address), `weak` (a name, within this instance only) or `none`.",
    required=True,
)
USER_ID = Column("user_id", Type.TEXT, "The vendor's id of the signed-in user.", personal=Personal.USER_ID)
EMAIL = Column("email", Type.TEXT, "E-mail address, lower case; NULL where hidden.", personal=Personal.IDENTITY)
IS_HOST = Column("is_host", Type.BOOLEAN, "Whether the person is the meeting's host; NULL where the host is unknown.")
IS_PANELIST = Column(
    "is_panelist",
    Type.BOOLEAN,
    (
        "Whether the person ran the webinar with its host. Zoom does not say, so where registration was required those "
        "who did not register; NULL elsewhere."
    ),
)
IS_INTERNAL = Column(
    "is_internal",
    Type.BOOLEAN,
    (
        "Whether the person belongs to the account: Zoom says so, or tells the user id, which it hides of others. NULL on "
        "Webex, whose report does not say."
    ),
)
REGISTRANT_ID = Column(
    "registrant_id", Type.TEXT, "The person's registration, where there was one.", personal=Personal.USER_ID
)

MEETINGS = Table(
    schema="core",
    name="meetings",
    grain="One row per meeting or webinar instance of either vendor that started on the UTC day.",
    about=(
        "From `zoom.meetings`, `zoom.webinars` and `webex.meeting_usage`; a vendor that was not fetched has no rows. "
        "Series (`meeting_number`), instance (`meeting_uuid`) and logical meeting (`logical_meeting_key`, a dropped "
        "host's instances joined) are three keys. `is_webinar` keeps webinars apart, whichever list they stood in."
    ),
    partition=Partition.DAY,
    key=("platform", "meeting_uuid"),
    inputs=(
        Input("zoom.meetings", days_before=1, is_optional=True),
        Input("zoom.webinars", days_before=1, is_optional=True),
        Input("webex.meeting_usage", days_before=1, is_optional=True),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        MEETING_UUID,
        MEETING_NUMBER,
        Column(
            "logical_meeting_key",
            Type.TEXT,
            (
                "`meeting_uuid` of the first instance of the logical meeting: same number, begun again at most 300 s "
                "after the latest end so far. Looks back one day."
            ),
            required=True,
        ),
        Column(
            "kind",
            Type.TEXT,
            (
                "`webinar`; of meetings `instant`, `scheduled`, `recurring`, `personal_room`, on Webex `training` or "
                "`support`, and `unclassified` where the report does not say, as Zoom's dashboards."
            ),
            required=True,
        ),
        IS_WEBINAR,
        Column("site_url", Type.TEXT, "The Webex site; NULL on Zoom."),
        Column("topic", Type.TEXT, "The meeting's topic.", personal=Personal.CONTENT),
        Column(
            "host_key",
            Type.TEXT,
            "The host: `u:` user id, else `e:` e-mail address; NULL where neither is known.",
            personal=Personal.IDENTITY,
        ),
        Column("host_user_id", Type.TEXT, "The vendor's id of the host.", personal=Personal.USER_ID),
        Column("host_email", Type.TEXT, "The host's e-mail address, lower case.", personal=Personal.IDENTITY),
        Column("host_name", Type.TEXT, "The host's name.", personal=Personal.IDENTITY),
        Column("host_department", Type.TEXT, "The host's department."),
        Column("scheduled_at", Type.TIMESTAMP, "When it was scheduled to start; NULL where unscheduled or unknown."),
        Column(
            "scheduled_end_at",
            Type.TIMESTAMP,
            "When it was scheduled to end; the vendors' reports do not say, so NULL.",
        ),
        Column("started_at", Type.TIMESTAMP, "When the instance started.", required=True),
        Column(
            "start_local_date",
            Type.DATE,
            "Date on which it started in the report time zone (`REPORTING_TIMEZONE`).",
            required=True,
        ),
        Column(
            "start_local_hour",
            Type.INTEGER,
            "Hour in which it started in the report time zone, 0 to 23; one that a clock change repeats counts as one.",
            required=True,
            additivity=Additivity.NONE,
        ),
        Column("ended_at", Type.TIMESTAMP, "When it ended; NULL while unknown."),
        Column(
            "observed_until_at",
            Type.TIMESTAMP,
            "Until when it is known to have run: its end, or while it runs the fetch that saw it; NULL where unknowable.",
        ),
        Column(
            "actual_seconds",
            Type.INTEGER,
            "From start to end; NULL while the end is unknown.",
            unit="seconds",
            additivity=Additivity.SUM,
        ),
        Column(
            "is_solo",
            Type.BOOLEAN,
            "Whether one person alone was in it, as the vendor lists or counts it; NULL for Zoom's webinars.",
        ),
        Column("is_final", Type.BOOLEAN, "Whether its end is known; until then figures may grow.", required=True),
        Column(
            "vendor_participant_joins",
            Type.INTEGER,
            "Participants as the vendor counts them: joins, not people.",
            unit="joins",
            additivity=Additivity.SUM,
        ),
        Column(
            "vendor_person_minutes",
            Type.NUMBER,
            "Minutes summed over participants, as the vendor counts them; Zoom's dashboards do not say.",
            unit="minutes",
            additivity=Additivity.SUM,
        ),
        Column(
            "vendor_peak_attendees",
            Type.INTEGER,
            "Most attendees at once, as Webex counts them; NULL on Zoom.",
            unit="attendees",
            additivity=Additivity.MAX,
        ),
        *(
            Column(name, Type.BOOLEAN, f"Whether {what}; NULL where the report does not say.")
            for name, what in (
                ("has_recording", "it was recorded"),
                ("has_screen_share", "a screen was shared"),
                ("has_external_participant", "somebody from outside the account took part"),
                ("has_video", "anybody had video on"),
                ("has_voip", "computer audio was used"),
                ("has_pstn", "anybody dialled in or was called"),
                ("has_sip", "anybody joined by SIP"),
                ("has_chat", "its chat was used"),
                ("has_poll", "a poll was launched"),
                ("has_qa", "Q&A was used"),
                ("has_survey", "a survey was asked"),
            )
        ),
    ),
    expectations=(
        Expectation(
            "ends_after_start", "ended_at IS NULL OR ended_at >= started_at", "A meeting does not end before it starts."
        ),
        Expectation("has_host", "host_key IS NOT NULL", "Every meeting has a known host."),
        Expectation(
            "not_longer_than_allowed",
            "actual_seconds IS NULL OR actual_seconds <= 108000",
            "No meeting is longer than the 30 hours Zoom allows.",
        ),
        Expectation(
            "webinars_are_marked",
            "is_webinar = (kind = 'webinar')",
            "Webinars, and only they, are of the kind `webinar`.",
            blocking=True,
        ),
    ),
)

TABLES = (MEETINGS,)
