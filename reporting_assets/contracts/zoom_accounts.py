"""Contracts of Zoom's account-level reports: users, daily usage, hosts."""

from __future__ import annotations

from reporting_assets.contracts.asking import Month, Snapshot
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

LIST_USERS = Endpoint(
    name="list_users",
    path="/users",
    rows_at="users",
    purpose="Everyone on the account, one listing per status.",
    rate_label=RateLabel.MEDIUM,
    scope="user:read:list_users:admin",
    classic_scopes=("user:read:admin",),
    plan="any",
    look_back="current state only",
    doc_url=f"{_DOCS}/users/#tag/users/GET/users",
    page_size=300,  # older servers refuse the 2000 that newer ones allow
)

REPORT_USERS = Endpoint(
    name="report_users",
    path="/report/users",
    rows_at="users",
    purpose="Hosts active, or inactive, in a window, with their totals.",
    rate_label=RateLabel.HEAVY,
    scope="report:read:list_users:admin",
    classic_scopes=("report:read:admin",),
    plan="Pro or higher",
    look_back="6 months",
    look_back_days=180,
    doc_url=f"{_DOCS}/meetings/#tag/reports/GET/report/users",
    page_size=300,
)

REPORT_DAILY = Endpoint(
    name="report_daily",
    path="/report/daily",
    rows_at="dates",
    purpose="Account-wide usage per calendar day of one month.",
    rate_label=RateLabel.HEAVY,
    scope="report:read:daily_usage:admin",
    classic_scopes=("report:read:admin",),
    plan="Pro or higher",
    look_back="6 months",
    look_back_days=180,
    doc_url=f"{_DOCS}/meetings/#tag/reports/GET/report/daily",
)

USERS = Table(
    schema="zoom",
    name="users",
    grain="One row per user of the Zoom account (active, inactive or pending) as the account stood when the day was taken.",
    about=(
        "Zoom answers only with the present state, so every partition is the state at `_ingested_at`; a day that is "
        "materialized late holds the later state, and a check says so; one that was taken in time is kept, also when the "
        "day is asked for again. Pending users have no id yet."
    ),
    partition=Partition.DAY,
    key=("user_key",),
    endpoints=(LIST_USERS,),
    asks=(
        Snapshot(
            endpoint=LIST_USERS.name, passes=({"status": "active"}, {"status": "inactive"}, {"status": "pending"})
        ),
    ),
    columns=(
        Column(
            "user_key",
            Type.TEXT,
            "The user's id; the e-mail address while the user is pending and Zoom has given no id.",
            personal=Personal.IDENTITY,
            required=True,
            source=Field("id", fallback="email"),
        ),
        Column(
            "user_id",
            Type.TEXT,
            "Zoom's id of the user; NULL while pending.",
            personal=Personal.USER_ID,
            source=Field("id"),
        ),
        Column(
            "email",
            Type.TEXT,
            "E-mail address the user signs in with.",
            personal=Personal.IDENTITY,
            source=Field("email"),
        ),
        Column("first_name", Type.TEXT, "First name.", personal=Personal.IDENTITY, source=Field("first_name")),
        Column("last_name", Type.TEXT, "Last name.", personal=Personal.IDENTITY, source=Field("last_name")),
        Column(
            "display_name",
            Type.TEXT,
            "Name shown in meetings.",
            personal=Personal.IDENTITY,
            source=Field("display_name"),
        ),
        Column("department", Type.TEXT, "Department, as the admin set it.", source=Field("dept")),
        Column(
            "employee_id",
            Type.TEXT,
            "Employee number from single sign-on.",
            personal=Personal.USER_ID,
            source=Field("employee_unique_id"),
        ),
        Column("license_type", Type.INTEGER, "1 Basic, 2 Licensed, 4 Unassigned, 99 None.", source=Field("type")),
        Column(
            "status",
            Type.TEXT,
            "`active`, `inactive` or `pending`.",
            required=True,
            source=Field("$request.status", fallback="status"),
        ),
        Column("role_id", Type.TEXT, "Role on the account; 0 is the owner.", source=Field("role_id")),
        Column(
            "personal_meeting_number",
            Type.TEXT,
            "Personal meeting id (PMI).",
            personal=Personal.USER_ID,
            source=Field("pmi"),
        ),
        Column("timezone", Type.TEXT, "The user's IANA time zone.", source=Field("timezone")),
        Column("is_verified", Type.BOOLEAN, "Whether the e-mail address is verified.", source=Field("verified")),
        Column("user_created_at", Type.TIMESTAMP, "When the user was created.", source=Field("user_created_at")),
        Column(
            "login_type_created_at",
            Type.TIMESTAMP,
            "When the latest login type was created.",
            source=Field("created_at"),
        ),
        Column(
            "last_login_at",
            Type.TIMESTAMP,
            "Last login; Zoom updates it with up to three days' delay.",
            source=Field("last_login_time"),
        ),
        Column("last_client_version", Type.TEXT, "Client last used.", source=Field("last_client_version")),
        Column("united_plan", Type.TEXT, "Zoom United plan, where enrolled.", source=Field("plan_united_type")),
        Column(
            "host_key",
            Type.TEXT,
            "Host key; a secret that is never stored, so always NULL.",
            personal=Personal.SECRET,
            source=Field("host_key"),
        ),
        Column("group_ids", Type.JSON, "Groups the user belongs to.", source=Field("group_ids")),
        Column("division_ids", Type.JSON, "Divisions the user belongs to.", source=Field("division_ids")),
        Column("im_group_ids", Type.JSON, "Chat groups the user belongs to.", source=Field("im_group_ids")),
        Column(
            "custom_attributes",
            Type.JSON,
            "Attributes the admin defined.",
            personal=Personal.IDENTITY,
            source=Field("custom_attributes"),
        ),
        Column(
            "licenses",
            Type.JSON,
            "License subscriptions; options may exceed 2^53, so they stay text in JSON.",
            source=Field("license_info_list"),
        ),
    ),
    expectations=(
        Expectation(
            "known_status",
            "status IN ('active', 'inactive', 'pending')",
            "The status is one that was asked for.",
            blocking=True,
        ),
        Expectation(
            "taken_in_time",
            "_ingested_at < CAST(dt AS TIMESTAMPTZ) + INTERVAL 2 DAY",
            "The snapshot was taken no later than the day after the one it is filed under.",
        ),
        Expectation("active_has_id", "status = 'pending' OR user_id IS NOT NULL", "Only pending users lack an id."),
    ),
)

DAILY_USAGE = Table(
    schema="zoom",
    name="daily_usage",
    grain="One row per calendar day of the month on which Zoom reports account-wide usage.",
    about=(
        "Zoom's own totals. Their days are cut in a zone Zoom does not document, so compare months with "
        "`utilization.account_monthly`, never single days; `participant_joins` counts joins, not people."
    ),
    partition=Partition.MONTH,
    key=("usage_date",),
    partition_by="usage_date",
    endpoints=(REPORT_DAILY,),
    asks=(Month(endpoint=REPORT_DAILY.name, as_year_and_month=True),),
    columns=(
        Column("usage_date", Type.DATE, "The day, as the vendor cuts it.", required=True, source=Field("date")),
        Column(
            "new_users",
            Type.INTEGER,
            "Users added that day.",
            unit="users",
            source=Field("new_users"),
            additivity=Additivity.SUM,
        ),
        Column(
            "meetings",
            Type.INTEGER,
            "Meetings that day.",
            unit="meetings",
            source=Field("meetings"),
            additivity=Additivity.SUM,
        ),
        Column(
            "participant_joins",
            Type.INTEGER,
            "Joins that day; a rejoin counts again.",
            unit="joins",
            source=Field("participants"),
            additivity=Additivity.SUM,
        ),
        Column(
            "person_minutes",
            Type.INTEGER,
            "Minutes summed over participants.",
            unit="minutes",
            source=Field("meeting_minutes"),
            additivity=Additivity.SUM,
        ),
    ),
    expectations=(
        Expectation(
            "counts_not_negative",
            "meetings >= 0 AND participant_joins >= 0 AND person_minutes >= 0 AND new_users >= 0",
            "Counts are never negative.",
        ),
    ),
)

HOSTS = Table(
    schema="zoom",
    name="hosts",
    grain="One row per host of the month, active (hosted at least one meeting) or inactive.",
    about="Zoom's own totals per host over the month; `activity` says in which of the two listings the host stood.",
    partition=Partition.MONTH,
    key=("user_id", "activity"),
    endpoints=(REPORT_USERS,),
    asks=(Month(endpoint=REPORT_USERS.name, passes=({"type": "active"}, {"type": "inactive"})),),
    columns=(
        Column(
            "user_id", Type.TEXT, "Zoom's id of the host.", personal=Personal.USER_ID, required=True, source=Field("id")
        ),
        Column(
            "activity", Type.TEXT, "`active` or `inactive` in the month.", required=True, source=Field("$request.type")
        ),
        Column("email", Type.TEXT, "The host's e-mail address.", personal=Personal.IDENTITY, source=Field("email")),
        Column("user_name", Type.TEXT, "The host's name.", personal=Personal.IDENTITY, source=Field("user_name")),
        Column("department", Type.TEXT, "Department.", source=Field("dept")),
        Column("license_type", Type.INTEGER, "1 Basic, 2 Licensed, 4 Unassigned, 99 None.", source=Field("type")),
        Column(
            "meetings",
            Type.INTEGER,
            "Meetings hosted.",
            unit="meetings",
            source=Field("meetings"),
            additivity=Additivity.SUM,
        ),
        Column(
            "participant_joins",
            Type.INTEGER,
            "Joins to them; a rejoin counts again.",
            unit="joins",
            source=Field("participants"),
            additivity=Additivity.SUM,
        ),
        Column(
            "person_minutes",
            Type.INTEGER,
            "Minutes summed over participants.",
            unit="minutes",
            source=Field("meeting_minutes"),
            additivity=Additivity.SUM,
        ),
        *(
            Column(
                name,
                Type.INTEGER,
                f"{meaning} of all hosts in this listing, so the same in every row: never add rows up.",
                unit=unit,
                source=Field(f"_answer.{path}"),
                additivity=Additivity.NONE,
            )
            for name, meaning, unit, path in (
                ("listing_meetings", "Meetings", "meetings", "total_meetings"),
                ("listing_participant_joins", "Joins to the meetings", "joins", "total_participants"),
                ("listing_person_minutes", "Minutes", "minutes", "total_meeting_minutes"),
            )
        ),
        Column(
            "custom_attributes",
            Type.JSON,
            "Attributes the admin defined.",
            personal=Personal.IDENTITY,
            source=Field("custom_attributes"),
        ),
    ),
    expectations=(
        Expectation(
            "known_activity",
            "activity IN ('active', 'inactive')",
            "The listing is one that was asked for.",
            blocking=True,
        ),
        Expectation(
            "active_hosted", "activity <> 'active' OR meetings >= 1", "An active host hosted at least one meeting."
        ),
    ),
)

TABLES = (USERS, DAILY_USAGE, HOSTS)
