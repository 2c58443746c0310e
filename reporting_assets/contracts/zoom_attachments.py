"""Contract of the files sent in chat that were downloaded into the lake.

Among `contracts.OPT_IN`: neither a listing nor SQL makes it (`orchestration.attachments`).
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

STORED, TOO_LARGE, EXPIRED, REFUSED = "stored", "too_large", "expired", "refused"

CHAT_ATTACHMENTS = Table(
    schema="zoom",
    name="chat_attachments",
    grain="One row per file of a chat message that was sent on the UTC day.",
    about=(
        "The file itself lies in the lake's folder `_attachments`, once per content, under the hash of its content; what the "
        "sender called it is never part of a path. Only with REPORTING_PRIVACY=full. A file that could not be stored has a row "
        "that says why, and is tried again when the day is materialized again."
    ),
    partition=Partition.DAY,
    key=("session_id", "message_id", "place"),
    row_floor=0,
    group="zoom_chat",
    priority=5,
    inputs=(Input("zoom.chat_files"),),
    columns=(
        Column("session_id", Type.TEXT, "Zoom's id of the session.", required=True),
        Column("message_id", Type.TEXT, "The message, as in `zoom.chat_messages`.", required=True),
        Column("place", Type.INTEGER, "The file's place among the message's, from 1.", required=True),
        Column("file_id", Type.TEXT, "Zoom's id of the file."),
        Column(
            "status",
            Type.TEXT,
            "`stored`; `too_large` for the setting; `expired` (the link no longer opened it, or the message is gone); "
            "`refused` (the link led to a host that is not Zoom's, or the answer was not a file).",
            required=True,
        ),
        Column("listed_bytes", Type.INTEGER, "Size as Zoom lists it.", unit="bytes", additivity=Additivity.SUM),
        Column(
            "stored_bytes",
            Type.INTEGER,
            "Size of what was stored; NULL where nothing was.",
            unit="bytes",
            additivity=Additivity.SUM,
        ),
        Column("sha256", Type.TEXT, "SHA-256 of the content, in hexadecimal digits."),
        Column("content_type", Type.TEXT, "The media type Zoom's server named."),
        Column(
            "stored_path",
            Type.TEXT,
            "Where the content lies, below the lake's folder.",
            personal=Personal.NONE,
        ),
    ),
    expectations=(
        Expectation(
            "known_status",
            f"status IN ('{STORED}', '{TOO_LARGE}', '{EXPIRED}', '{REFUSED}')",
            "The status is one of the four.",
            blocking=True,
        ),
        Expectation(
            "stored_has_content",
            f"(status = '{STORED}') = (sha256 IS NOT NULL AND stored_bytes IS NOT NULL AND stored_path IS NOT NULL)",
            "What is stored has a size, a hash and a place, and nothing else has.",
            blocking=True,
        ),
        Expectation(
            "size_as_listed",
            f"status <> '{STORED}' OR listed_bytes IS NULL OR stored_bytes = listed_bytes",
            "A file is as large as Zoom lists it.",
        ),
    ),
)
