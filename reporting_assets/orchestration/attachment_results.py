"""Which files of a day's chat messages are still to be downloaded, and what became of the others.

Results are appended to a file as they come, so that a killed download goes on where it stopped; when the day is complete
they become its partition and the file goes. Downloading itself is in `attachments`. No Dagster here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import duckdb
import orjson
import pyarrow as pa

from reporting_assets import contracts
from reporting_assets.contracts.sql import sql_type
from reporting_assets.contracts.zoom_attachments import CHAT_ATTACHMENTS, STORED, TOO_LARGE
from reporting_assets.lake import store
from reporting_assets.lake.blobs import FOLDER, Blobs
from reporting_assets.lake.errors import storage
from reporting_assets.lake.layout import Lake
from reporting_assets.lake.sqltext import literal

_SESSIONS_AT_ONCE = 100
_ROWS_AT_ONCE = 8192
_LINE = {
    "session_id": "VARCHAR",
    "message_id": "VARCHAR",
    "place": "BIGINT",
    "file_id": "VARCHAR",
    "status": "VARCHAR",
    "stored_bytes": "BIGINT",
    "sha256": "VARCHAR",
    "content_type": "VARCHAR",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file of a message, as `zoom.chat_files` lists it."""

    session_id: str
    message_id: str
    place: int
    file_id: str | None


class Results:
    """What became of the files of one day. Recording is safe from many threads; the rest is for one thread."""

    def __init__(self, lake: Lake, blobs: Blobs, con: duckdb.DuckDBPyConnection, key: str, most_bytes: int) -> None:
        self._con = con.cursor()  # what is noted in it goes with it
        self._key, self._source, self._most_bytes = key, lake.source, most_bytes
        self._path = lake.root / FOLDER / ".results" / f"{key}.jsonl"
        self._lock = Lock()
        store.attach(con, lake, contracts.table("zoom.chat_files"), [key])
        store.attach(con, lake, CHAT_ATTACHMENTS, [key])
        with storage("write", self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            _cut_off_half_a_line(self._path)
        self._load(blobs)

    def sessions(self) -> Iterator[tuple[str, list[File]]]:
        """Files to ask for, session by session: those neither stored nor known to be too large."""
        self._con.execute(
            f"SELECT session_id, list([message_id, CAST(place AS VARCHAR), file_id]) FROM ({_wanted()})"
            " GROUP BY session_id ORDER BY session_id",
            [self._most_bytes],
        )
        while found := self._con.fetchmany(_SESSIONS_AT_ONCE):
            for session_id, files in found:
                yield (
                    session_id,
                    [File(session_id, message_id, int(place), file_id) for message_id, place, file_id in files],
                )

    def record(
        self,
        file: File,
        status: str,
        *,
        size: int | None = None,
        sha256: str | None = None,
        media_type: str | None = None,
    ) -> None:
        """Notes what became of a file; the last note of a file counts. Raises LakeError."""
        line = orjson.dumps(
            {
                "session_id": file.session_id,
                "message_id": file.message_id,
                "place": file.place,
                "file_id": file.file_id,
                "status": status,
                "stored_bytes": size,
                "sha256": sha256,
                "content_type": media_type,
            }
        )
        with self._lock, storage("write", self._path), self._path.open("ab") as ledger:
            ledger.write(line + b"\n")

    def finish(self) -> dict[str, int]:
        """Closes the day, of which every file must have come to an end; returns how many ended in which way."""
        self._con.execute("DELETE FROM _attachment_results WHERE line >= 0")
        self._append_ledger()
        self._con.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE _attachment_rows AS
            SELECT
                file.session_id, file.message_id, file.place, file.file_id, file.listed_bytes,
                coalesce(result.status, CASE WHEN {_IS_TOO_LARGE} THEN {literal(TOO_LARGE)} END) AS status,
                result.stored_bytes, result.sha256, result.content_type,
                {literal(FOLDER + "/")} || result.sha256[1:2] || '/' || result.sha256 AS stored_path
            FROM ({_FILES}) AS file
            LEFT JOIN ({_LATEST}) AS result ON {_SAME}""",
            [self._most_bytes],
        )
        counts = self._con.execute("SELECT status, count(*) FROM _attachment_rows GROUP BY ALL ORDER BY ALL").fetchall()
        return {str(status): count for status, count in counts}

    def rows(self) -> pa.RecordBatchReader:
        """The partition's rows, in the contract's columns and order, once the day is closed."""
        given = {"dt": f"DATE {literal(self._key)}", "_source": literal(self._source)}
        columns = ", ".join(
            f"CAST({given.get(column.name, column.name)} AS {sql_type(column)}) AS {column.name}"
            for column in CHAT_ATTACHMENTS.all_columns
        )
        key = ", ".join(CHAT_ATTACHMENTS.key)
        return self._con.sql(f"SELECT {columns} FROM _attachment_rows ORDER BY {key}").to_arrow_reader(_ROWS_AT_ONCE)

    def forget(self) -> None:
        """Removes the notes, once the partition holds them."""
        with storage("remove", self._path):
            self._path.unlink(missing_ok=True)

    def _load(self, blobs: Blobs) -> None:
        """What earlier runs stored and is still there: the present partition, then the notes of a run cut short."""
        columns = ", ".join(f"{name} {type_}" for name, type_ in _LINE.items())
        self._con.execute(f"CREATE OR REPLACE TEMP TABLE _attachment_results (line BIGINT, {columns})")
        self._con.execute(
            f"INSERT INTO _attachment_results SELECT -1, {', '.join(_LINE)} FROM zoom.chat_attachments"
            f" WHERE status = {literal(STORED)}"
        )
        self._append_ledger()
        self._con.execute("SELECT DISTINCT sha256, stored_bytes FROM _attachment_results WHERE sha256 IS NOT NULL")
        gone: list[str] = []
        while batch := self._con.fetchmany(_ROWS_AT_ONCE):
            gone += [sha256 for sha256, size in batch if not blobs.holds(sha256, size)]
        self._con.execute("DELETE FROM _attachment_results WHERE list_contains(?, sha256)", [gone])

    def _append_ledger(self) -> None:
        if self._path.exists() and self._path.stat().st_size:
            self._con.execute(
                f"INSERT INTO _attachment_results SELECT row_number() OVER () - 1, {', '.join(_LINE)} FROM"
                f" read_json({literal(str(self._path))}, format='newline_delimited', columns={_LINE})"
            )


_FILES = """
    SELECT session_id, message_id, place, file_id, file_bytes AS listed_bytes
    FROM zoom.chat_files WHERE event = 'sent'"""
_IS_TOO_LARGE = "file.listed_bytes > ?"  # then it is not asked for
_LATEST = """
    SELECT * FROM _attachment_results
    QUALIFY row_number() OVER (PARTITION BY session_id, message_id, place, file_id ORDER BY line DESC) = 1"""
_SAME = (
    "file.session_id = result.session_id AND file.message_id = result.message_id AND file.place = result.place"
    " AND file.file_id IS NOT DISTINCT FROM result.file_id"
)


def _wanted() -> str:
    return f"""
        SELECT file.* FROM ({_FILES}) AS file
        ANTI JOIN ({_LATEST}) AS result ON {_SAME} AND result.status = {literal(STORED)}
        WHERE NOT coalesce({_IS_TOO_LARGE}, false)"""


def _cut_off_half_a_line(path: Path) -> None:
    """Removes what a killed writer left unfinished at the end."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        content_end = file.seek(0, os.SEEK_END)
        position = content_end
        while position > 0:
            start = max(0, position - 4096)
            file.seek(start)
            newline = file.read(position - start).rfind(b"\n")
            if newline >= 0:
                position = start + newline + 1
                break
            position = start
        if position != content_end:
            file.truncate(position)
