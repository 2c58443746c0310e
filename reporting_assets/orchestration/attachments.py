"""Files sent in chat, downloaded into the lake: opt-in, and only where everything people write may be stored.

Zoom's links to files hold a token that lives for minutes, so they are never stored. Sessions are therefore asked for
again, and each link is followed as soon as it is seen. Which files a day has is known from `zoom.chat_files`; what became
of them is kept by `attachment_results`. No Dagster here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from threading import Lock
from typing import Any

import duckdb

from reporting_assets import contracts, progress
from reporting_assets.contracts.zoom_attachments import CHAT_ATTACHMENTS, EXPIRED, REFUSED, STORED, TOO_LARGE
from reporting_assets.contracts.zoom_chat_messages import REPORT_CHAT_MESSAGES
from reporting_assets.lake import store
from reporting_assets.lake.blobs import Blobs
from reporting_assets.lake.errors import LakeError
from reporting_assets.lake.locks import locked
from reporting_assets.lake.privacy import FULL
from reporting_assets.orchestration.attachment_results import File, Results
from reporting_assets.orchestration.ingest import Committed, Failures
from reporting_assets.orchestration.vendors import zoom_config
from reporting_assets.orchestration.work import Work
from reporting_assets.settings import Settings, SettingsError
from reporting_assets.sources.downloads import Downloader
from reporting_assets.sources.errors import BudgetExhaustedError, CredentialsError, SourceError, TransientError
from reporting_assets.sources.fetch import fetch
from reporting_assets.sources.model import Outcome, Page, Record, Request, RetryPolicy
from reporting_assets.sources.retries import retrying
from reporting_assets.sources.router import Sources

MEGABYTE = 1_000_000
DOWNLOAD_RETRY = RetryPolicy(attempts=3, total_seconds=60)  # of one file; a listing has a patience of its own
ROUNDS = 2  # a page's links may expire while its first files are downloaded: the second round has new ones


def require_full_privacy(settings: Settings) -> None:
    """Raises SettingsError where files that people sent may not be stored."""
    if settings.reporting_privacy != FULL:
        raise SettingsError(
            "ZOOM_CHAT_ATTACHMENTS stores files that people sent, which needs REPORTING_PRIVACY=full (it is "
            f"{settings.reporting_privacy}); set that for a lake of its own, or switch attachments off."
        )


def attachments(
    keys: Sequence[str],
    work: Work,
    con: duckdb.DuckDBPyConnection,
    failed: Failures,
    *,
    retry: RetryPolicy = DOWNLOAD_RETRY,
) -> Iterator[Committed]:
    """Yield each day as it is committed; note in `failed` those that could not be, and go on.

    Raises SettingsError unless everything may be stored. What was downloaded for a day that failed is kept and not asked
    for again.
    """
    require_full_privacy(work.settings)
    for done, key in enumerate(keys):
        progress.publish(progress.Progress(CHAT_ATTACHMENTS.id, done, len(keys), "partitions"))
        try:
            committed = _partition(key, work, con, retry)
        except (LakeError, SourceError) as error:
            failed.by_key[key] = error
            if isinstance(error, BudgetExhaustedError | CredentialsError):  # every other day would meet it too
                failed.by_key |= dict.fromkeys(keys[done + 1 :], error)
                return
        else:
            yield committed
    progress.publish(progress.Progress(CHAT_ATTACHMENTS.id, len(keys), len(keys), "partitions"))


def _partition(key: str, work: Work, con: duckdb.DuckDBPyConnection, retry: RetryPolicy) -> Committed:
    files = contracts.table("zoom.chat_files")
    if not work.lake.part(files, key).exists():
        raise LakeError(f"{files.id} {key} is not in the lake, and says which files there are; materialize it first.")
    config = zoom_config(work.settings)
    blobs = Blobs(work.lake.root)
    most_bytes = work.settings.zoom_chat_attachment_max_mb * MEGABYTE
    with locked(work.lake.root / "_locks" / "zoom" / "chat_attachments" / f"{key}.downloading.lock"):
        blobs.remove_leftovers(key)
        results = Results(work.lake, blobs, con, key, most_bytes)
        day = _Day(key, results, blobs, Downloader(config.api_url, threads=config.threads), most_bytes, retry)
        sources = work.connect()
        try:
            day.download(sources, work.settings.reporting_threads, work.now().date())
        finally:
            sources.close()
            day.downloader.close()
        facts: dict[str, Any] = {"downloaded": day.downloaded, **results.finish()}
        written = store.write_partition(
            con, work.lake, CHAT_ATTACHMENTS, key, results.rows(), manifest={"facts": facts}
        )
        results.forget()
    return Committed(key, written.rows, written.bytes, facts)


class _Day:
    """The downloads of one day."""

    def __init__(
        self, key: str, results: Results, blobs: Blobs, downloader: Downloader, most_bytes: int, retry: RetryPolicy
    ) -> None:
        self.downloader = downloader
        self.downloaded = 0
        self._key, self._results, self._blobs = key, results, blobs
        self._most_bytes, self._retry = most_bytes, retry
        self._lock = Lock()
        self._pending: dict[str, dict[tuple[str, int], File]] = {}  # by session, of requests under way or to repeat
        self._error: TransientError | None = None

    def download(self, sources: Sources, threads: int, today: date) -> None:
        """Ask for every session that has files still to be stored, twice where the first time left some."""
        day = date.fromisoformat(self._key)
        # Zoom cuts days in the account's time zone, which lies within a day of UTC.
        params: dict[str, str | int] = {
            "from": f"{day - timedelta(days=1)}",
            "to": f"{min(day + timedelta(days=1), max(day, today))}",
        }
        self._fetch(sources, threads, self._requests(params))
        for _ in range(1, ROUNDS):
            self._error = None
            again = [_request(session_id, params) for session_id in self._pending]
            self._fetch(sources, threads, iter(again))
        if self._error is not None:
            raise self._error  # what was stored is noted, so the next attempt asks for the others only
        for files in self._pending.values():
            for file in files.values():
                self._note(file, EXPIRED)

    def _requests(self, params: dict[str, str | int]) -> Iterator[Request]:
        for session_id, files in self._results.sessions():
            with self._lock:
                self._pending[session_id] = {(file.message_id, file.place): file for file in files}
            yield _request(session_id, params)

    def _fetch(self, sources: Sources, threads: int, requests: Iterator[Request]) -> None:
        fetch(sources, requests, threads=threads, on_page=self._page, on_done=self._done)

    def _page(self, page: Page) -> None:
        session_id = page.request.path["sessionId"]
        pending = self._pending[session_id]
        for record in page.records:
            if record.get("_array", "messages") == "messages" and isinstance(record.get("files"), list):
                self._message(record, pending)

    def _message(self, record: Record, pending: dict[tuple[str, int], File]) -> None:
        message_id = str(record.get("id", "")).strip("{}").lower()
        for place, listed in enumerate(record["files"], start=1):
            file = pending.get((message_id, place))
            if file is None or not isinstance(listed, dict) or (listed.get("file_id") or None) != file.file_id:
                continue
            link = listed.get("download_url")
            try:
                is_done = self._file(file, link if isinstance(link, str) else "")
            except TransientError as error:
                self._error = error  # the others are worth having
                continue
            if is_done:
                del pending[message_id, place]

    def _file(self, file: File, link: str) -> bool:
        """Follow a link and note how it ended; False where a new link may do better."""
        return retrying(self._retry, lambda: self._attempt(file, link))

    def _attempt(self, file: File, link: str) -> bool:
        if not link:
            return False
        with self._blobs.incoming(self._key) as incoming:
            found = self.downloader.fetch(link, incoming.write, self._most_bytes)
            if found.outcome == "complete":
                self._note(file, STORED, incoming.size, self._blobs.keep(incoming), found.content_type)
            elif found.outcome == "expired":
                return False
            else:
                status = TOO_LARGE if found.outcome == "too_large" else REFUSED
                self._note(file, status, media_type=found.content_type)
        return True

    def _note(
        self,
        file: File,
        status: str,
        size: int | None = None,
        sha256: str | None = None,
        media_type: str | None = None,
    ) -> None:
        self._results.record(file, status, size=size, sha256=sha256, media_type=media_type)
        with self._lock:
            self.downloaded += status == STORED

    def _done(self, outcome: Outcome) -> None:
        """A session of which nothing is left is forgotten."""
        session_id = outcome.request.path["sessionId"]
        with self._lock:
            if not self._pending[session_id]:
                del self._pending[session_id]


def _request(session_id: str, params: dict[str, str | int]) -> Request:
    return Request(REPORT_CHAT_MESSAGES, path={"sessionId": session_id}, params=params)
