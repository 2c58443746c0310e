"""Contracts of Zoom Team Chat: sessions and counts per person; messages stand in `zoom_chat_messages`, what they hold in
`zoom_chat_parts`.

Not here: chat inside meetings.
"""

from __future__ import annotations

from reporting_assets.contracts import zoom_chat_messages, zoom_chat_parts
from reporting_assets.contracts.asking import VendorDay
from reporting_assets.contracts.model import (
    Additivity,
    Column,
    Endpoint,
    Expectation,
    Field,
    Item,
    Partition,
    Personal,
    RateLabel,
    Table,
    Type,
)

_DOCS = "https://developers.zoom.us/docs/api"
_GROUP = "zoom_chat"
_PLAN = "Pro or higher, with chat reports"

REPORT_CHAT_SESSIONS = Endpoint(
    name="report_chat_sessions",
    path="/report/chat/sessions",
    rows_at="sessions",
    purpose="Channels, groups and conversations of two with messages in a period.",
    rate_label=RateLabel.MEDIUM,
    scope="report:read:list_chat_sessions:admin",
    classic_scopes=("report_chat:read:admin", "imchat:read:admin"),
    plan=_PLAN,
    look_back="6 months",
    look_back_days=180,
    doc_url=f"{_DOCS}/team-chat/#tag/reports/GET/report/chat/sessions",
    page_size=300,
    is_optional=True,
)


METRICS_CHAT = Endpoint(
    name="metrics_chat",
    path="/metrics/chat",
    rows_at="users",
    purpose="How many messages each person sent, by kind; no content.",
    rate_label=RateLabel.RESOURCE_INTENSIVE,
    scope="dashboard:read:chat:admin",
    classic_scopes=("dashboard_im:read:admin", "dashboard:read:admin"),
    plan="Business or higher, with Dashboard",
    look_back="6 months",
    look_back_days=180,
    doc_url=f"{_DOCS}/accounts/#tag/dashboards/GET/metrics/chat",
    page_size=300,
    is_optional=True,
)

CHAT_SESSIONS = Table(
    schema="zoom",
    name="chat_sessions",
    grain="One row per chat session in which something was sent on the day.",
    about=(
        "Zoom cuts the day in the account's time zone. Channels and groups are both `Group`. A session in which nothing was "
        "sent that day may be missing, even if older messages in it were edited."
    ),
    partition=Partition.DAY,
    key=("session_id",),
    row_floor=0,
    group=_GROUP,
    endpoints=(REPORT_CHAT_SESSIONS,),
    asks=(VendorDay(endpoint=REPORT_CHAT_SESSIONS.name),),
    columns=(
        Column("session_id", Type.TEXT, "Zoom's id of the session.", required=True, source=Field("id")),
        Column("session_type", Type.TEXT, "`Group` (channels too) or `1:1`.", source=Field("type")),
        Column(
            "session_name",
            Type.TEXT,
            "The name people gave it; empty for `1:1`.",
            personal=Personal.CONTENT,
            source=Field("name"),
        ),
        Column("channel_id", Type.TEXT, "Zoom's id of the channel; `Group` only.", source=Field("channel_id")),
        Column("status", Type.TEXT, "`active` or `deleted`; `Group` only.", source=Field("status")),
        Column(
            "has_external_member",
            Type.BOOLEAN,
            "Whether the two belong to different accounts, as of the time of asking; `1:1` only.",
            source=Field("has_external_member"),
        ),
        Column(
            "last_message_at",
            Type.TIMESTAMP,
            "When the last message was sent, as of the time of asking.",
            source=Field("last_message_sent_time"),
        ),
        Column(
            "members",
            Type.LIST,
            "The two people of a `1:1` session.",
            source=Field("member_emails"),
            items=(Item("email", Type.TEXT, "E-mail address.", "", personal=Personal.IDENTITY),),
        ),
    ),
    expectations=(
        Expectation(
            "known_type",
            "session_type IS NULL OR session_type IN ('Group', '1:1')",
            "The type is one of the two documented.",
        ),
    ),
)


def _count(name: str, meaning: str, path: str, unit: str = "messages") -> Column:
    return Column(name, Type.INTEGER, meaning, unit=unit, source=Field(path), additivity=Additivity.SUM)


CHAT_ACTIVITY = Table(
    schema="zoom",
    name="chat_activity",
    grain="One row per person who is listed with chat messages of the day.",
    about=(
        "Counts only, no content. Zoom cuts the day in the account's time zone. Families overlap: every message counts in "
        "`messages_sent`, in one of group and direct, and in one of the kinds; add up within one family only."
    ),
    partition=Partition.DAY,
    key=("user_id", "email"),
    row_floor=0,
    group=_GROUP,
    endpoints=(METRICS_CHAT,),
    asks=(VendorDay(endpoint=METRICS_CHAT.name),),
    columns=(
        Column("user_id", Type.TEXT, "Zoom's id of the user.", personal=Personal.USER_ID, source=Field("user_id")),
        Column("email", Type.TEXT, "E-mail address.", personal=Personal.IDENTITY, source=Field("email")),
        Column("user_name", Type.TEXT, "Display name.", personal=Personal.IDENTITY, source=Field("user_name")),
        _count("messages_sent", "Messages of every kind.", "total_sent"),
        _count("group_messages_sent", "Those sent in channels and groups.", "group_sent"),
        _count("direct_messages_sent", "Those sent to one person.", "p2p_sent"),
        _count("texts_sent", "Text messages.", "text_sent"),
        _count("code_snippets_sent", "Code snippets.", "code_sippet_sent"),  # the vendor's spelling
        _count("files_sent", "Files.", "files_sent", "files"),
        _count("images_sent", "Images.", "images_sent", "images"),
        _count("giphys_sent", "Animated pictures from Giphy.", "giphys_sent", "images"),
        _count("audios_sent", "Audio files.", "audio_sent", "files"),
        _count("videos_sent", "Video files.", "video_sent", "files"),
    ),
    expectations=(
        Expectation("has_user", "user_id IS NOT NULL", "Every row names a user."),
        Expectation(
            "group_and_direct_within_total",
            "group_messages_sent + direct_messages_sent <= messages_sent",
            "A message goes to a group or to one person.",
        ),
    ),
)

TABLES = (
    CHAT_SESSIONS,
    zoom_chat_messages.CHAT_MESSAGES,
    CHAT_ACTIVITY,
    zoom_chat_parts.CHAT_FILES,
    zoom_chat_parts.CHAT_REACTIONS,
)
