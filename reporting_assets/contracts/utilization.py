"""Contracts of the tables in schema `utilization` about people and the account, and the list of all its tables.

Not here: rows per meeting (`engagement`) or per person and meeting (`core`); hosts, departments and licences
(`utilization_hosts`); rooms, telephones, storage and features (`utilization_resources`).
"""

from __future__ import annotations

from dataclasses import replace

from reporting_assets.contracts import utilization_hosts, utilization_resources
from reporting_assets.contracts.core import PLATFORM
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
from reporting_assets.contracts.utilization_measures import (
    IDENTIFIED,
    IDENTIFIED_WITHIN_UNIQUE,
    JOINS,
    LOCAL_DATE,
    LOGICAL,
    MEETINGS,
    PEOPLE_WITHIN_JOINS,
    SOLO,
    UNIQUE,
    VENDOR_TOTALS,
    WEBINAR_JOINS,
    WEBINARS,
    WITHOUT_PARTICIPANTS,
    a_share,
    difference,
    minutes,
    moment,
    peak,
    people,
    ratio,
    total,
)

# A meeting lasts 30 hours at most, and a local date may begin a day before the UTC day of its row.
_DAYS_RUNNING = 3

ACCOUNT_PLATFORM = replace(
    PLATFORM,
    meaning="The vendor: `zoom` or `webex`; `all` is the account over both, a row beside theirs: never add it to them.",
)

USER_DAILY = Table(
    schema="utilization",
    name="user_daily",
    grain="One row per vendor and user of the account who attended, hosted or sent a chat message on the local date.",
    about=(
        "From `core` and `zoom.chat_activity`; only people whose user id is known, so nobody from outside. Webex tells "
        "addresses alone: those of `zoom.users` of the day lead to the user id. Meetings and webinars alike. Time is cut "
        "at midnight of the report time zone; chat days are those of the Zoom account's own zone."
    ),
    partition=Partition.DAY,
    key=("platform", "user_key"),
    inputs=(
        Input("core.meetings", days_before=_DAYS_RUNNING),
        Input("core.participant_sessions", days_before=_DAYS_RUNNING),
        Input("zoom.users", is_optional=True),
        Input("zoom.chat_activity", days_before=1, is_optional=True),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        Column(
            "user_key",
            Type.TEXT,
            "The user: `u:` and Zoom's user id, for both vendors.",
            personal=Personal.USER_ID,
            required=True,
        ),
        LOCAL_DATE,
        Column("has_attended", Type.BOOLEAN, "Whether the user was in a meeting or webinar.", required=True),
        Column("has_hosted", Type.BOOLEAN, "Whether a meeting or webinar of theirs started.", required=True),
        Column("has_messaged", Type.BOOLEAN, "Whether the user sent a chat message; NULL where chat is not known."),
        total("instances_attended", "Meeting and webinar instances the user was in.", "instances"),
        total("instances_hosted", "Meeting and webinar instances of theirs that started.", "instances"),
        minutes("attended_minutes", "Time in meetings and webinars; two at once count both."),
        total(
            "messages_sent",
            "Chat messages sent; NULL on Webex, and where Zoom reports none of anybody.",
            "messages",
            required=False,
        ),
    ),
    expectations=(
        Expectation(
            "active_in_some_way",
            "has_attended OR has_hosted OR has_messaged",
            "Who is listed was active.",
            blocking=True,
        ),
        Expectation(
            "attended_takes_time",
            "has_attended = (attended_minutes > 0) AND attended_minutes <= 1500 * instances_attended",
            "Attending takes time, and no meeting more of a date than the date has (25 hours when clocks go back).",
            blocking=True,
        ),
    ),
)

_ACTIVE = (
    people(
        "dau",
        "Users active on `local_date`: attended, hosted or sent a chat message; NULL where users are unknown.",
        "users",
        required=False,
    ),
    people("wau", "Users active on at least one of the 7 dates to `local_date`.", "users", required=False),
    people("mau", "Users active on at least one of the 28 dates to `local_date`.", "users", required=False),
    people(
        "mau_dates",
        "Of those 28 dates, how many are known to have had anybody active: fewer than usual where days are missing.",
        "days",
        required=False,
    ),
    ratio(
        "stickiness_rate",
        "Mean daily active users of the working days (Monday to Friday) among those dates, divided by `mau`.",
        "share",
    ),
)

ACCOUNT_DAILY = Table(
    schema="utilization",
    name="account_daily",
    grain="One row per platform for the UTC day, and one for `all`; a day without meetings has a row of zeros.",
    about=(
        "From `core`. Meetings, hosts, people and joins belong to the UTC day their meeting started; minutes and peaks to "
        "the clock, so that what runs past midnight is split there. Meetings leave webinars out, which have columns of "
        "their own; `attendees` are of both. `local_` columns and active users are about `local_date`, cut in the report "
        "time zone. A vendor of whom nothing is known that day has no row. Under `all`, an address of a user counts as "
        "that user, so people on both vendors count once."
    ),
    partition=Partition.DAY,
    key=("platform",),
    inputs=(
        Input("core.meetings", days_before=_DAYS_RUNNING),
        Input("core.participant_sessions", days_before=_DAYS_RUNNING),
        Input("core.attendance"),
        # Of the smallest table alone four weeks are read; a correction reaches the 27 days after it.
        Input("utilization.user_daily", days_before=27),
        Input("zoom.users", is_optional=True),
        Input("webex.sites", is_optional=True),
    ),
    columns=(
        ACCOUNT_PLATFORM,
        MEETINGS,
        LOGICAL,
        SOLO,
        total("meetings_not_final", "Meetings whose end is not known yet.", "meetings"),
        WITHOUT_PARTICIPANTS,
        people("hosts", "Hosts of these meetings.", "hosts"),
        UNIQUE,
        IDENTIFIED,
        JOINS,
        minutes("meeting_minutes", "Minutes meetings ran on this day."),
        minutes("person_minutes", "Minutes people attended meetings on this day; two at once count both."),
        ratio("solo_meeting_rate", "Share of meetings that one person attended alone; NULL without meetings.", "share"),
        peak("peak_concurrent_meetings", "Most meetings running at once.", "meetings"),
        moment("peak_meetings_at", "First moment that many ran; NULL where none did."),
        peak("peak_concurrent_people", "Most people in meetings at once.", "people"),
        moment("peak_people_at", "First moment that many were there; NULL where nobody was."),
        Column(
            "busiest_start_hour_utc",
            Type.INTEGER,
            "Hour of the UTC day, 0 to 23, in which most meetings started; the earliest on ties.",
            unit="hour of day",
            additivity=Additivity.NONE,
        ),
        WEBINARS,
        people("webinar_unique_participants", "People who joined webinars, panelists included."),
        WEBINAR_JOINS,
        minutes("webinar_minutes", "Minutes webinars ran on this day."),
        minutes("webinar_person_minutes", "Minutes people attended webinars on this day; two at once count both."),
        peak("peak_concurrent_webinars", "Most webinars running at once.", "webinars"),
        people("unique_attendees", "People who joined meetings or webinars."),
        people("unique_attendees_identified", "Those among them known by user id, registration or address."),
        peak("peak_concurrent_attendees", "Most people in meetings or webinars at once.", "people"),
        moment("peak_attendees_at", "First moment that many were there; NULL where nobody was."),
        Column(
            "peak_local_hour",
            Type.INTEGER,
            "Hour of `peak_meetings_at` in the report time zone, 0 to 23.",
            unit="hour of day",
            additivity=Additivity.NONE,
        ),
        Column(
            "busiest_start_local_hour",
            Type.INTEGER,
            "Hour in the report time zone in which most meetings of the UTC day started; the earliest on ties.",
            unit="hour of day",
            additivity=Additivity.NONE,
        ),
        LOCAL_DATE,
        minutes("local_meeting_minutes", "Minutes meetings ran on `local_date`."),
        minutes("local_person_minutes", "Minutes people attended meetings on `local_date`."),
        *_ACTIVE,
    ),
    expectations=(
        IDENTIFIED_WITHIN_UNIQUE,
        PEOPLE_WITHIN_JOINS,
        a_share("stickiness_rate"),
        Expectation(
            "peak_at_with_peak",
            "(peak_concurrent_meetings > 0) = (peak_meetings_at IS NOT NULL)"
            " AND (peak_concurrent_people > 0) = (peak_people_at IS NOT NULL)"
            " AND (peak_concurrent_attendees > 0) = (peak_attendees_at IS NOT NULL)",
            "A peak has its moment, and no peak has none.",
            blocking=True,
        ),
        Expectation(
            "minutes_within_peaks",
            "meeting_minutes <= 1440 * peak_concurrent_meetings AND webinar_minutes <= 1440 * peak_concurrent_webinars",
            "A day has 1,440 minutes for each of the meetings that ran at once.",
            blocking=True,
        ),
        Expectation(
            "attendees_within_meetings_and_webinars",
            "unique_attendees BETWEEN greatest(unique_participants, webinar_unique_participants)"
            " AND unique_participants + webinar_unique_participants"
            " AND peak_concurrent_attendees >= peak_concurrent_people",
            "Attendees are the people of meetings and of webinars, each once.",
            blocking=True,
        ),
        Expectation(
            "active_users_nest",
            "dau IS NULL OR dau <= wau AND wau <= mau",
            "Who was active on the day was so in its week, and in its four weeks.",
            blocking=True,
        ),
        Expectation(
            "participants_known",
            "meetings_without_participants <= 0.02 * meetings",
            "Joins are known for at least 98 % of the meetings.",
        ),
    ),
)

ACCOUNT_MONTHLY = Table(
    schema="utilization",
    name="account_monthly",
    grain="One row per platform for the UTC month, and one for `all`.",
    about=(
        "Sums of `utilization.account_daily`, its highest peaks, and people counted anew from `core.attendance`, for "
        "unique people do not add up. Zoom's own totals come from `zoom.daily_usage`, Webex's from its usage report; the "
        "difference stands beside them as a share of theirs: Zoom cuts its days in a zone it does not document, counts "
        "devices and waiting rooms, and leaves webinars out; Webex counts begun minutes. `wau`, `mau` and stickiness are "
        "those of the last day. Licences are Zoom's: `utilization.license_monthly` has them one by one."
    ),
    partition=Partition.MONTH,
    key=("platform",),
    inputs=(
        Input("utilization.account_daily"),
        Input("utilization.user_daily"),
        Input("utilization.license_monthly", is_optional=True),
        Input("core.meetings"),
        Input("core.attendance"),
        Input("zoom.users", is_optional=True),
        Input("zoom.daily_usage", is_optional=True),
    ),
    columns=(
        ACCOUNT_PLATFORM,
        Column("days_covered", Type.INTEGER, "Days of the month that have been computed.", unit="days", required=True),
        Column("is_complete_month", Type.BOOLEAN, "Whether every day of the month has been computed.", required=True),
        MEETINGS,
        SOLO,
        WITHOUT_PARTICIPANTS,
        people("active_hosts", "Hosts of at least one meeting.", "hosts"),
        UNIQUE,
        IDENTIFIED,
        JOINS,
        minutes("meeting_minutes", "Minutes meetings ran in the month."),
        minutes("person_minutes", "Minutes people attended meetings in the month; two at once count both."),
        ratio("person_minutes_per_meeting", "Person-minutes divided by meetings; not a meeting's length.", "minutes"),
        ratio("mean_meeting_minutes", "Mean length of the meetings whose end is known.", "minutes"),
        ratio("meeting_share_rate", "The vendor's share of the meetings of all vendors; 1 for `all`.", "share"),
        ratio("person_minute_share_rate", "The same of person-minutes.", "share"),
        WEBINARS,
        people("webinar_unique_participants", "People who joined webinars, panelists included."),
        WEBINAR_JOINS,
        minutes("webinar_minutes", "Minutes webinars ran in the month."),
        minutes("webinar_person_minutes", "Minutes people attended webinars in the month; two at once count both."),
        people("unique_attendees", "People who joined meetings or webinars."),
        people("unique_attendees_identified", "Those among them known by user id, registration or address."),
        Column("peak_day", Type.DATE, "Day with most meetings, the earliest on ties; NULL without meetings."),
        Column("peak_day_meetings", Type.INTEGER, "Meetings on that day.", unit="meetings", additivity=Additivity.MAX),
        peak("peak_concurrent_meetings", "Most meetings running at once.", "meetings"),
        moment("peak_meetings_at", "First moment that many ran; NULL where none did."),
        Column(
            "peak_local_hour",
            Type.INTEGER,
            "Hour of `peak_meetings_at` in the report time zone, 0 to 23.",
            unit="hour of day",
            additivity=Additivity.NONE,
        ),
        peak("peak_concurrent_people", "Most people in meetings at once.", "people"),
        moment("peak_people_at", "First moment that many were there; NULL where nobody was."),
        peak("peak_concurrent_attendees", "Most people in meetings or webinars at once.", "people"),
        moment("peak_attendees_at", "First moment that many were there; NULL where nobody was."),
        people("active_users", "Users active on at least one date of the month.", "users", required=False),
        ratio("mean_dau_working_days", "Mean daily active users of the month's working days so far.", "users"),
        *_ACTIVE[1:],
        Column("users_as_of", Type.DATE, "Day of the users' snapshot, the latest of the month; NULL where none."),
        people("licensed_users", "Licensed users on that day; NULL without a snapshot.", "users", required=False),
        ratio("mean_licensed_users", "Mean of the licensed users over the month's snapshots.", "users"),
        people(
            "active_licensed_hosts",
            "Those on that day who hosted a meeting in the month.",
            "users",
            required=False,
        ),
        ratio("host_utilization_rate", "Active licensed hosts divided by licensed users, 0 to 1.", "share"),
        ratio(
            "license_utilization_30d_rate",
            "Share of the licensed users who hosted a meeting or webinar within the 30 days to that day.",
            "share",
        ),
        people(
            "reclaim_candidates",
            "Licensed users whose licence could be taken back; NULL where too little is known to say.",
            "users",
            required=False,
        ),
        ratio("person_minutes_per_license", "Person-minutes divided by licensed users.", "minutes"),
        ratio("meeting_minutes_per_license", "Meeting minutes divided by licensed users.", "minutes"),
        *VENDOR_TOTALS,
        ratio("vendor_person_minutes_per_meeting", "The vendor's person-minutes divided by its meetings.", "minutes"),
        difference("meetings"),
        difference("participant_joins"),
        difference("person_minutes"),
    ),
    expectations=(
        IDENTIFIED_WITHIN_UNIQUE,
        PEOPLE_WITHIN_JOINS,
        Expectation(
            "meetings_near_vendor",
            "NOT is_complete_month OR meetings_difference_rate IS NULL OR abs(meetings_difference_rate) <= 0.02",
            "Over a complete month our count of meetings is within 2 % of the vendor's.",
        ),
        Expectation(
            "person_minutes_near_vendor",
            "NOT is_complete_month OR person_minutes_difference_rate IS NULL"
            " OR abs(person_minutes_difference_rate) <= 0.1",
            "Over a complete month our person-minutes are within 10 % of the vendor's.",
        ),
        Expectation(
            "utilization_is_a_share",
            "host_utilization_rate IS NULL OR host_utilization_rate BETWEEN 0 AND 1",
            "No more licensed users host than there are.",
            blocking=True,
        ),
        a_share("license_utilization_30d_rate"),
        a_share("meeting_share_rate"),
    ),
)

TABLES = (
    USER_DAILY,
    ACCOUNT_DAILY,
    *utilization_hosts.TABLES,
    ACCOUNT_MONTHLY,
    utilization_hosts.DEPARTMENT_MONTHLY,
    *utilization_resources.TABLES,
)
