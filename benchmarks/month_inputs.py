"""Reports of an organisation of 10,000 people, made up by SQL in the shape of their contracts, as Parquet in a lake.

Here: how many rows of what, and how they hang together (`derive_month.py` measures what is derived from them). A working
day has 5,000 meetings with 42,000 joins, a tenth of it on Webex, 30 webinars, 60,000 chat messages; what is not named is NULL.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb

from reporting_assets import contracts
from reporting_assets.contracts.model import Partition
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.schema import view_select

PEOPLE, MEETINGS, JOINS, WEBINARS, WEBINAR_JOINS = 10_000, 5_000, 42_000, 30, 6_000
MESSAGES, ROOMS = 60_000, 200
WEEKEND = 20  # times less

_INSTANCES = """
SELECT
    '{kind}' || '{day}' || i AS uuid,
    CAST(hash(i, '{kind}') % {series} AS VARCHAR) AS number,
    hash(i, 3) % {people} AS host,
    TIMESTAMPTZ '{day} 07:00:00+00' + to_seconds(CAST(hash(i, '{day}') % 36000 AS BIGINT)) AS started_at,
    started_at + to_seconds(900 + CAST(hash(i, 2, '{day}') % 4500 AS BIGINT)) AS ended_at
FROM range({count}) AS numbers (i)
"""
_JOINS = """
SELECT
    instances.uuid, instances.started_at, i,
    hash(i, 3, '{day}') % {people} AS person,
    CASE WHEN person % 10 < 8 THEN 'id' || person END AS user_id,
    CASE WHEN person % 10 < 9 THEN 'user' || person || '@example.com' END AS email,
    CASE WHEN person % 40 = 0 THEN 'iPhone' ELSE 'Name ' || person END AS display_name,
    instances.started_at + to_seconds(CAST(hash(i, 4) % 600 AS BIGINT)) AS joined_at,
    joined_at + to_seconds(60 + CAST(hash(i, 5) % 4000 AS BIGINT)) AS left_at
FROM range({count}) AS numbers (i)
INNER JOIN instances ON instances.uuid = '{kind}' || '{day}' || hash(i, 7) % {instances}
"""

# By report: its rows of a day, from the day's `meetings`, `webinars`, `webex` and their joins.
DAILY = {
    "zoom.users": """
        SELECT 'id' || i AS user_key, user_key AS user_id, 'user' || i || '@example.com' AS email,
            'Department ' || i % 40 AS department, 'active' AS status, CASE WHEN i % 3 < 2 THEN 2 ELSE 1 END AS license_type,
            TIMESTAMPTZ '2020-01-01 00:00:00+00' AS user_created_at
        FROM range({people}) AS numbers (i)""",
    "zoom.meetings": """
        SELECT uuid AS meeting_uuid, number AS meeting_number, 'past' AS listing, 2 AS meeting_type,
            'user' || host || '@example.com' AS host_email, 'Department ' || host % 40 AS host_department,
            started_at, ended_at, hash(uuid) % 2 = 0 AS has_video, hash(uuid) % 3 = 0 AS has_screen_share,
            hash(uuid) % 9 = 0 AS has_recording, hash(uuid) % 50 = 0 AS has_poll, hash(uuid) % 50 = 1 AS has_qa
        FROM meetings""",
    "zoom.meeting_participants": """
        SELECT uuid AS meeting_uuid, started_at AS meeting_started_at, CAST(i AS VARCHAR) AS session_user_id, user_id, email,
            display_name, joined_at, left_at,
            CASE WHEN i % 12 = 0 THEN 'in_waiting_room' ELSE 'in_meeting' END AS status, person % 10 < 8 AS is_internal
        FROM meeting_joins""",
    "zoom.webinars": """
        SELECT uuid AS webinar_uuid, number AS webinar_number, 5 AS webinar_type, started_at, ended_at, TRUE AS has_poll,
            'user' || host || '@example.com' AS host_email
        FROM webinars""",
    "zoom.webinar_participants": """
        SELECT uuid AS webinar_uuid, started_at AS webinar_started_at, CAST(i AS VARCHAR) AS session_user_id, user_id, email,
            'r' || person AS registrant_id, display_name, joined_at, left_at, 'in_meeting' AS status
        FROM webinar_joins""",
    "zoom.webinar_absentees": """
        SELECT uuid AS webinar_uuid, started_at AS webinar_started_at, 'absent' || i AS registrant_id,
            'absent' || i || '@example.com' AS email
        FROM webinars CROSS JOIN range(150) AS numbers (i)""",
    "zoom.webinar_polls": """
        SELECT uuid AS webinar_uuid, started_at AS webinar_started_at, CAST(i AS BIGINT) AS respondent_place,
            question AS answer_place, email, display_name, 'poll' AS poll_id, 'Question ' || question AS question,
            'Answer ' || hash(i) % 4 AS answer, joined_at AS answered_at
        FROM webinar_joins CROSS JOIN range(3) AS questions (question)""",
    "zoom.webinar_qa": """
        SELECT uuid AS webinar_uuid, started_at AS webinar_started_at, CAST(i AS BIGINT) AS asker_place, 0 AS question_place,
            email, display_name, 'Why?' AS question
        FROM webinar_joins WHERE i % 40 = 0""",
    "zoom.chat_messages": """
        SELECT 's' || hash(i) % 8000 AS session_id, 'Group' AS session_type, '{day}m' || i AS message_id, 'sent' AS event,
            TIMESTAMPTZ '{day} 00:00:00+00' + to_milliseconds(CAST(i AS BIGINT) * 1400) AS sent_at, sent_at AS event_at,
            'user' || hash(i, 1) % {people} || '@example.com' AS sender_email,
            CASE WHEN i % 4 = 0 THEN '{day}m' || greatest(i - 1 - hash(i, 2) % 500, 0) END AS reply_to_message_id
        FROM range({messages}) AS numbers (i)""",
    "zoom.chat_activity": """
        SELECT 'id' || i AS user_id, 'user' || i || '@example.com' AS email, 6 AS messages_sent
        FROM range({people}) AS numbers (i)""",
    "zoom.rooms": """
        SELECT 'room' || i AS room_id, 'Room ' || i AS room_name, 'Office ' || i % 9 AS location
        FROM range({rooms}) AS numbers (i)""",
    "zoom.room_meetings": """
        SELECT DISTINCT 'room' || hash(uuid) % {rooms} AS room_id, uuid AS meeting_uuid, started_at, ended_at
        FROM meetings WHERE hash(uuid, 1) % 5 = 0""",
    "zoom.telephone": """
        SELECT started_at, ended_at, 'toll-free' AS call_type, uuid AS meeting_uuid, 'AT' AS country, 0 AS twin,
            CAST(0.02 AS DECIMAL(18, 4)) AS cost_usd, 12 AS billed_minutes
        FROM meetings WHERE hash(uuid, 2) % 10 = 0""",
    "zoom.crc_ports": """
        SELECT DATE '{day}' AS usage_date, i AS hour, 12 AS max_ports, 40 AS connections FROM range(24) AS numbers (i)""",
    "zoom.meeting_qos": """
        SELECT uuid AS meeting_uuid, started_at AS meeting_started_at, 'random' AS sample_reason, 1 AS sample_bucket,
            CAST(i AS VARCHAR) AS session_user_id, user_id, email, display_name, joined_at, left_at,
            joined_at + to_minutes(minute) AS measured_at, minute AS sample_index, stream, direction, 'client' AS route,
            CAST(hash(i, minute, stream, direction) % 320 AS DOUBLE) AS latency_ms,
            CAST(hash(i, minute, stream, direction, 1) % 45 AS DOUBLE) AS jitter_ms,
            (hash(i, minute, stream, direction, 2) % 300) / 100 AS avg_loss_pct, 'Office ' || person % 9 AS location
        FROM (FROM meeting_joins WHERE i < {qos_sessions}) CROSS JOIN range(30) AS minutes (minute)
        CROSS JOIN (
            VALUES ('audio', 'received'), ('audio', 'sent'), ('screen_share', 'received'), ('video', 'received')
        ) AS streams (stream, direction)
        WHERE stream = 'audio' OR hash(i, stream) % 10 < 6
        ORDER BY i, minute, stream, direction""",
    "webex.sites": "SELECT 'example.webex.com' AS site_url, TRUE AS is_default",
    "webex.meeting_usage": """
        SELECT uuid AS meeting_instance_id, number AS meeting_number, 'example.webex.com' AS site_url,
            'MeetingCenter' AS service_type, 'meeting' AS scheduled_type, 'user' || host || '@example.com' AS host_email,
            started_at, ended_at
        FROM webex""",
    "webex.meeting_attendees": """
        SELECT uuid AS meeting_instance_id, i AS session_place, started_at AS meeting_started_at, display_name, email,
            joined_at, left_at, 'attendee' AS participant_type
        FROM webex_joins""",
}
MONTHLY = {
    "zoom.hosts": """
        SELECT 'id' || i AS user_id, 'active' AS activity, 'user' || i || '@example.com' AS email, 11 AS meetings,
            92 AS participant_joins, 2500 AS person_minutes
        FROM range({people}) AS numbers (i)""",
    "zoom.daily_usage": """
        SELECT DATE '{day}' + CAST(i AS INTEGER) AS usage_date, 5000 AS meetings, 42000 AS participant_joins,
            1200000 AS person_minutes
        FROM range(28) AS numbers (i)""",
    "zoom.cloud_recording": """
        SELECT DATE '{day}' + CAST(i AS INTEGER) AS usage_date, 1000000000 * i AS used_bytes, 99000000000 AS plan_bytes
        FROM range(28) AS numbers (i)""",
}


def make_day(con: duckdb.DuckDBPyConnection, lake: Lake, day: date, scale: float, qos_minutes: int) -> None:
    """Every daily report of one day; the other reports of the day are there without rows, as after a fetch."""
    share = scale / (WEEKEND if day.weekday() > 4 else 1)
    people = max(20, round(PEOPLE * scale))
    kinds = {
        "meeting": (round(MEETINGS * share * 0.9), round(JOINS * share * 0.9)),
        "webinar": (max(1, round(WEBINARS * share)), round(WEBINAR_JOINS * share)),
        "webex": (max(1, round(MEETINGS * share * 0.1)), round(JOINS * share * 0.1)),
    }
    for kind, (count, joins) in kinds.items():
        given = {"kind": kind, "day": day, "people": people, "series": max(1, count), "count": count}
        con.execute("CREATE OR REPLACE TEMP TABLE instances AS " + _INSTANCES.format(**given))
        given |= {"count": joins, "instances": count}
        con.execute(f"CREATE OR REPLACE TEMP TABLE {kind}_joins AS " + _JOINS.format(**given))
        name = {"webex": "webex"}.get(kind, f"{kind}s")
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM instances")
    values = {
        "day": day,
        "people": people,
        "rooms": max(2, round(ROOMS * scale)),
        "messages": round(MESSAGES * share),
        "qos_sessions": round(qos_minutes * share / 30),
    }
    for table in contracts.TABLES:
        if table.partition is Partition.DAY and not table.is_derived:
            _write(con, lake, table.id, str(day), DAILY.get(table.id), values)


def make_month(con: duckdb.DuckDBPyConnection, lake: Lake, first: date, scale: float) -> None:
    """Every monthly report of one month."""
    for table in contracts.TABLES:
        if table.partition is Partition.MONTH and not table.is_derived:
            values = {"day": first, "people": round(PEOPLE * scale)}
            _write(con, lake, table.id, f"{first:%Y-%m}", MONTHLY.get(table.id), values)


def _write(
    con: duckdb.DuckDBPyConnection, lake: Lake, table_id: str, key: str, sql: str | None, values: dict[str, object]
) -> None:
    table = contracts.table(table_id)
    part = lake.part(table, key)
    part.parent.mkdir(parents=True, exist_ok=True)
    partition = f"DATE '{key}' AS dt" if table.partition is Partition.DAY else f"'{key}' AS month"
    ingested = f"TIMESTAMPTZ '{key if len(key) > 7 else key + '-28'} 23:59:00+00' AS _ingested_at, 'sandbox' AS _source"
    rows = f"UNION ALL BY NAME (SELECT {partition}, {ingested}, * FROM ({sql.format(**values)}))" if sql else ""
    con.execute(f"COPY ({view_select(table, [])} {rows}) TO '{part}' (FORMAT parquet, COMPRESSION zstd)")


def days_of(first: date) -> list[date]:
    """The days of the month that begins on `first`."""
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return [first + timedelta(days=number) for number in range((after - first).days)]


def connect(spill: Path) -> duckdb.DuckDBPyConnection:
    """A connection that makes inputs: two threads, and not all of the memory."""
    con = duckdb.connect(config={"threads": 2, "memory_limit": "1GB", "temp_directory": str(spill)})
    con.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = true")
    return con
