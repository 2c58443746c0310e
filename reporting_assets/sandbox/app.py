"""The ASGI application: routes raw paths, checks token, limits and scope, strikes with faults, keeps the request log.

Paths are matched before percent-decoding, because how a meeting's UUID was encoded decides whether it is found.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from reporting_assets.sandbox.answers import Answer, ApiError
from reporting_assets.sandbox.auth import Tokens
from reporting_assets.sandbox.clock import Clock
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.faults import Faults
from reporting_assets.sandbox.files import PATH as FILES_PATH
from reporting_assets.sandbox.files import Files
from reporting_assets.sandbox.history import open_history
from reporting_assets.sandbox.limits import Limits
from reporting_assets.sandbox.paging import Pager
from reporting_assets.sandbox.webex.errors import WebexError
from reporting_assets.sandbox.webex.service import TOKEN_PATH, Webex
from reporting_assets.sandbox.zoom.account import Account, Call
from reporting_assets.sandbox.zoom.routes import ALL_SCOPES, Route, match

_REQUESTS_KEPT = 100_000  # in detail; the counts go on
_SLOW_SECONDS = 1.0
_FIREWALL_PAGE = b"<!DOCTYPE html><html><head><title>Attention Required!</title></head><body>Blocked.</body></html>"
_BLOCKED_PLACE = 2  # of each day's meetings, the one the firewall objects to


class App:
    """One sandbox behind ASGI: HTTP only, no lifespan events."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._clock = Clock(None if config.now is None else config.now_at_start())
        self._faults = Faults(config.faults, config.seed)
        self._tokens = Tokens(
            account_id=config.account_id,
            client_id=config.client_id,
            client_secret=config.client_secret,
            scopes=ALL_SCOPES if config.scopes is None else config.scopes,
            lifetime_seconds=config.token_lifetime_seconds,
        )
        self._limits = Limits(
            config.plan, enforced=config.enforce_limits, call_cap=int(self._faults.rate("daily-limit"))
        )
        history = open_history(config)
        self._webex = Webex(config, history, self._faults)
        self._account = Account(
            id=config.account_id,
            plan=config.plan,
            timezone=config.account_timezone,
            history=history,
            pager=Pager(seed=config.seed, lifetime_seconds=config.page_token_seconds, faults=self._faults),
            faults=self._faults,
            files=Files(seed=config.seed, lifetime_seconds=config.file_link_seconds),
        )
        self._counts: Counter[str] = Counter()
        self._requests: deque[tuple[str, str, str, int]] = deque(maxlen=_REQUESTS_KEPT)
        # making a month of a large organisation takes seconds; one worker keeps health checks and timers answering
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="simulation")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        path = scope["raw_path"].decode("ascii", "replace")
        if path.startswith("/_sandbox/"):
            response = self._control(request, path)
        else:
            template, response = await (self._webex_answer if path.startswith("/webex") else self._answer)(
                request, path
            )
            self._counts[template] += 1
            self._requests.append((request.method, path, request.url.query, response.status_code))
        response.headers["X-Sandbox"] = "simulated"
        await response(scope, receive, send)

    async def _answer(self, request: Request, path: str) -> tuple[str, Response]:
        """Zoom's answer, and the path by which the call is counted."""
        found = match(path.removeprefix("/v2")) if path.startswith("/v2/") else None
        is_file = path.startswith(FILES_PATH)
        template = (
            found[0].path if found else path if path == "/oauth/token" else FILES_PATH if is_file else "(unknown)"
        )
        try:
            if self._config.latency_ms:
                await asyncio.sleep(self._config.latency_ms / 1000)
            if path == "/oauth/token" and request.method == "POST":
                response = await self._token(request)
            elif is_file and request.method == "GET":
                response = self._account.files.answer(path, request.query_params)
            elif found is None or request.method != "GET":
                raise ApiError(404, 2300, "This API endpoint is not recognized.")
            else:
                response = await self._api(request, path, *found)
        except ApiError as error:
            response = _response(error.answer())
        return template, response

    async def _webex_answer(self, request: Request, path: str) -> tuple[str, Response]:
        """Webex's answer, and the path by which the call is counted."""
        route = self._webex.match(path)
        template = route.path if route else path if path == TOKEN_PATH else "(unknown)"
        try:
            if self._config.latency_ms:
                await asyncio.sleep(self._config.latency_ms / 1000)
            if path == TOKEN_PATH and request.method == "POST":
                return template, _response(self._webex.issue((await request.body()).decode("utf-8", "replace")))
            if route is None or request.method != "GET":
                raise WebexError(404, "The requested resource could not be found.")
            if self._faults.fires("slow"):
                await asyncio.sleep(_SLOW_SECONDS)
            url = f"http://{request.headers.get('host', '127.0.0.1')}{path}"
            call = self._webex.call(route, url, request.url.query, dict(request.headers), self._clock.now())
            answer = await asyncio.get_running_loop().run_in_executor(self._worker, route.handle, call)
            return template, _response(answer, is_truncated=self._faults.fires("truncate"))
        except ApiError as error:
            return template, _response(error.answer())

    async def _token(self, request: Request) -> Response:
        form = (await request.body()).decode("utf-8", "replace")
        authorization = request.headers.get("authorization", "")
        api_url = f"http://{request.headers.get('host', '127.0.0.1')}"
        return _response(self._tokens.issue(authorization, request.url.query, form, api_url))

    async def _api(self, request: Request, path: str, route: Route, value: str) -> Response:
        if self._faults.fires("slow"):
            await asyncio.sleep(_SLOW_SECONDS)
        if self._faults.fires("token"):
            self._tokens.revoke_all()
        self._tokens.check(request.headers.get("authorization", ""))
        headers = self._limits.spend(route.label)
        self._throttle(route)
        if self._faults.fires("500"):
            raise ApiError(500, 500, "Internal server error.", headers)
        try:
            self._tokens.check_scope(route.scopes)
            if route.is_paid and self._config.plan == "free":
                raise ApiError(400, 200, f"This is only available for paid account: {self._config.account_id}.")
            if self._faults.on("html403") and "{meetingId}" in route.path and self._is_blocked(value):
                return Response(_FIREWALL_PAGE, 403, media_type="text/html")
            query = dict(parse_qsl(request.url.query, keep_blank_values=True))
            base_url = f"http://{request.headers.get('host', '127.0.0.1')}"
            call = Call(self._account, path, value, query, self._clock.now(), base_url)
            answer = await asyncio.get_running_loop().run_in_executor(self._worker, route.handle, call)
        except ApiError as error:
            error.headers = headers | error.headers
            raise
        answer.headers |= headers
        return _response(answer, is_truncated=self._faults.fires("truncate"))

    def _throttle(self, route: Route) -> None:
        """Answer 429 without a reason, where that fault is on."""
        if self._faults.fires("429"):
            raise self._limits.burst_error(route.label)
        if self._faults.fires("retry-after-seconds"):
            raise self._limits.burst_error(route.label, "1")
        if self._faults.fires("retry-after-iso"):
            until = datetime.now(UTC) + timedelta(seconds=2)
            raise self._limits.burst_error(route.label, until.strftime("%Y-%m-%dT%H:%M:%SZ"))

    def _is_blocked(self, value: str) -> bool:
        located = self._account.history.ids.locate(unquote(unquote(value)))
        return located is not None and located[1] == _BLOCKED_PLACE

    def _control(self, request: Request, path: str) -> Response:
        """Questions tests ask about the sandbox itself."""
        if path == "/_sandbox/health":
            return _response(Answer({"status": "ok", "users": self._config.users, "seed": self._config.seed}))
        if path == "/_sandbox/requests" and request.query_params.get("detail"):
            names = ("method", "path", "query", "status")
            return _response(Answer([dict(zip(names, entry, strict=True)) for entry in self._requests]))
        if path == "/_sandbox/requests":
            return _response(Answer({"total": self._counts.total(), "endpoints": dict(self._counts)}))
        if path == "/_sandbox/requests/reset" and request.method == "POST":
            self._counts.clear()
            self._requests.clear()
            return _response(Answer({}))
        if path == "/_sandbox/new-day" and request.method == "POST":
            self._limits.new_day()
            return _response(Answer({}))
        return _response(Answer({"message": "There is no such control."}, 404))


def _response(answer: Answer, *, is_truncated: bool = False) -> Response:
    body = orjson.dumps(answer.body)
    if is_truncated:
        body = body[: len(body) * 2 // 3]
    return Response(body, answer.status, answer.headers, "application/json")
