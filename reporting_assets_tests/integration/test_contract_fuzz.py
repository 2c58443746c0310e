"""Whatever the sandbox is asked, it answers as the vendors' contracts say: fuzzed parameters, valid and not, every route.

Parameters are drawn from each operation's own parameter schemas, with real ids, real page tokens and a good share of
nonsense. Every answer must fit the schema of its status, or be an error in the vendor's shape.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator

from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.launch import Running, start
from reporting_assets.sandbox.zoom.routes import ROUTES
from reporting_assets_tests import reference
from reporting_assets_tests.integration import harness
from reporting_assets_tests.integration.documented import contract, plain

pytestmark = pytest.mark.integration

NOW = harness.NOW
EXAMPLES = 50  # requests per route; some are followed to their next page
WEBEX = {
    "/meetingPreferences/sites": "webex/v1",
    "/meetingReports/usage": "webex/v1",
    "/meetingReports/attendees": "webex/v1",
    "/meeting/qualities": "webex-analytics/v1",
}
PATHS = [("zoom", route.path) for route in ROUTES] + [("webex", path) for path in WEBEX]
FILTERED_ONLY = {"/meetingPreferences/sites"}  # whatever it is asked, it leaves out what does not fit
ERROR = {
    "zoom": {"type": "object", "required": ["code", "message"], "properties": {"code": {"type": "integer"}}},
    "webex": {"type": "object", "required": ["message", "trackingId"], "properties": {"errors": {"type": "array"}}},
}
JUNK = st.sampled_from(
    ["", " ", "x", "-1", "0", "²", "٣", "999999999999999999999", "null", "2026-13-45", "ü/%2F", "a" * 300, "'", "\x00"]
)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Mars/Olympus", "../UTC", ""])


# Filled path, query, headers, and whether a next page is asked with another page size.
Sent = tuple[str, dict[str, str], dict[str, str], bool]


@dataclass
class Sandboxed:
    """A sandbox, a session per vendor that may ask it, real ids by placeholder or parameter, and what was answered."""

    running: Running
    sessions: dict[str, requests.Session]
    ids: dict[str, list[str]] = field(default_factory=dict)
    statuses: Counter[tuple[str, str, int]] = field(default_factory=Counter)

    def get(
        self, vendor: str, path: str, query: dict[str, str], headers: dict[str, str] | None = None
    ) -> requests.Response:
        base = self.running.api_url if vendor == "zoom" else f"{self.running.base_url}/{_service(path)}"
        return self.sessions[vendor].get(base + path, params=query, headers=headers, timeout=60)

    def rows(self, vendor: str, path: str, rows_at: str, **query: str) -> list[dict[str, Any]]:
        answer = self.get(vendor, path, {name.rstrip("_"): value for name, value in query.items()})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()[rows_at]
        return found


def _service(path: str) -> str:
    return WEBEX.get(path, "webex/v1")


@pytest.fixture(scope="module")
def sandboxed() -> Iterator[Sandboxed]:
    defaults = Config()
    with start(Config(users=60, now=f"{NOW:%Y-%m-%dT%H:%M:%SZ}")) as running:
        zoom, webex = requests.Session(), requests.Session()
        zoom.headers["Authorization"] = f"Bearer {harness.token(running)}"
        form = {
            "grant_type": "refresh_token",
            "client_id": defaults.webex_client_id,
            "client_secret": defaults.webex_client_secret,
            "refresh_token": defaults.webex_refresh_token,
        }
        issued = requests.post(f"{running.webex_api_url}/access_token", data=form, timeout=60).json()
        webex.headers["Authorization"] = f"Bearer {issued['access_token']}"
        found = Sandboxed(running, {"zoom": zoom, "webex": webex})
        found.ids = real_ids(found)
        yield found


def real_ids(asked: Sandboxed) -> dict[str, list[str]]:
    """Ids that exist, by the placeholder or parameter they fill."""
    window = {"from_": "2026-11-02", "to": "2026-11-19", "page_size": "300"}
    meetings = asked.rows("zoom", "/metrics/meetings", "meetings", type="past", **window)[:40]
    webinars = asked.rows("zoom", "/metrics/webinars", "webinars", type="past", **window)[:40]
    sites = [site["siteUrl"] for site in asked.rows("webex", "/meetingPreferences/sites", "sites")]
    instants = {"from_": "2026-11-14T00:00:00Z", "to": "2026-11-20T00:00:00Z", "max": "100"}
    usage = [
        meeting
        for site in sites
        for meeting in asked.rows("webex", "/meetingReports/usage", "items", siteUrl=site, **instants)
    ]
    found = {
        "userId": [user["id"] for user in asked.rows("zoom", "/users", "users", page_size="300")],
        "meetingId": [quoted for one in meetings for quoted in (_twice(one["uuid"]), str(one["id"]))],
        "webinarId": [quoted for one in webinars for quoted in (_twice(one["uuid"]), str(one["id"]))],
        "zoomroomId": [room["id"] for room in asked.rows("zoom", "/metrics/zoomrooms", "zoom_rooms")],
        "sessionId": [chat["id"] for chat in asked.rows("zoom", "/report/chat/sessions", "sessions", **window)][:40],
        "billing_id": [bill["id"] for bill in asked.rows("zoom", "/report/billing", "billing_reports")],
        "siteUrl": sites,
        "webex meetingId": [meeting["meetingId"] for meeting in usage],
    }
    assert all(found.values()), {name: len(ids) for name, ids in found.items()}
    return found


def _twice(uuid: str) -> str:
    return quote(quote(uuid, safe=""), safe="")


@pytest.mark.parametrize(("vendor", "path"), PATHS)
def test_every_answer_fits_the_contract(vendor: str, path: str, sandboxed: Sandboxed) -> None:
    operation = _operation(vendor, path)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(_requests(vendor, path, operation, sandboxed.ids))
    def ask(sent: Sent) -> None:
        filled, query, headers, changes = sent
        answer = sandboxed.get(vendor, filled, query, headers)
        check(vendor, path, answer, sandboxed.statuses)
        token = answer.json().get("next_page_token") if vendor == "zoom" and answer.status_code == 200 else None
        if token:
            more = {**query, "next_page_token": token, **({"page_size": "7"} if changes else {})}
            check(vendor, path, sandboxed.get(vendor, filled, more), sandboxed.statuses)
        following = answer.links.get("next", {}).get("url")
        if following:
            check(vendor, path, sandboxed.sessions[vendor].get(following, timeout=60), sandboxed.statuses)

    ask()
    if "{" not in path and any(each.get("name") == "page_size" for each in operation.get("parameters", ())):
        check(
            vendor, path, sandboxed.get(vendor, path, {"page_size": "none"}), sandboxed.statuses
        )  # whatever was drawn
    statuses = {status for known, at, status in sandboxed.statuses if (known, at) == (vendor, path)}
    assert 200 in statuses, "nothing valid was asked, so nothing is shown"
    assert not {status for status in statuses if status >= 500}, statuses
    if operation.get("parameters") and path not in FILTERED_ONLY:
        assert statuses - {200}, "nothing invalid was refused"


def check(vendor: str, path: str, answer: requests.Response, statuses: Counter[tuple[str, str, int]]) -> None:
    """Fails where an answer does not fit the contract."""
    statuses[vendor, path, answer.status_code] += 1
    assert answer.headers["Content-Type"].startswith("application/json"), answer.url
    errors = _validator(vendor, path, answer.status_code).iter_errors(answer.json())
    found = [f"{'/'.join(map(str, error.path))}: {error.message}"[:200] for error in errors]
    assert found == [], (answer.url, answer.status_code, answer.text[:300])


def _operation(vendor: str, path: str) -> dict[str, Any]:
    if not (reference.ROOT / "api").is_dir():
        reference.find("api")  # skips, with the reason
    known = {plain(each): operations for each, operations in contract(vendor)["paths"].items()}
    if plain(path) in known:
        return dict(known[plain(path)]["get"])
    sibling = known["/report/meetings/{}/participants"]["get"]  # asked alike; this one is missing in the reference
    return {"parameters": sibling["parameters"], "responses": {}}


@cache
def _validator(vendor: str, path: str, status: int) -> OAS30Validator:
    """Of a body with this status. Statuses that the contract does not name for a path are errors of the usual shape."""
    response = _resolved(vendor, _operation(vendor, path)["responses"].get(str(status), {}))
    schema = response.get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        schema = {"type": "object"} if status == 200 else ERROR[vendor]
    return OAS30Validator(schema, format_checker=OAS30Validator.FORMAT_CHECKER)


def _resolved(vendor: str, value: Any) -> Any:
    if isinstance(value, dict):
        if "$ref" in value:
            target: Any = contract(vendor)
            for part in value["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            return _resolved(vendor, target)
        return {name: _resolved(vendor, inner) for name, inner in value.items()}
    return [_resolved(vendor, inner) for inner in value] if isinstance(value, list) else value


# --- what is asked ----------------------------------------------------------------------------------------------------


@st.composite
def _requests(draw: st.DrawFn, vendor: str, path: str, operation: dict[str, Any], ids: dict[str, list[str]]) -> Sent:
    """A request that is wrong in one case of three."""
    is_wrong = draw(st.integers(0, 2)) == 0
    parameters = operation.get("parameters", [])
    spoilt = {draw(st.sampled_from(parameters))["name"]} if is_wrong and parameters else set()
    query: dict[str, str] = {}
    filled = path
    first, last = sorted((draw(_moments()), draw(_moments())))
    last = min(last, first + timedelta(days=29))
    for parameter in parameters:
        name = parameter["name"]
        value = draw(_valid(vendor, parameter, ids, first if name == "from" else last))
        if name in spoilt:
            value = draw(JUNK)
        if parameter["in"] == "path":
            filled = filled.replace(f"{{{name}}}", value if name not in spoilt else quote(value or "x", safe=""))
        elif parameter["in"] == "query":
            is_needed = parameter.get("required") or name in ("from", "to", "year", "month", "meetingId")
            is_left_out = name in spoilt and draw(st.booleans()) if is_needed else draw(st.booleans())
            if not is_left_out and not (name == "next_page_token" and name not in spoilt):
                query[name] = value
    headers = {one["name"]: draw(ZONES) for one in parameters if one["in"] == "header"}
    return filled, query, headers, draw(st.booleans())


def _moments() -> st.SearchStrategy[datetime]:
    """Mostly recent ones, some out of reach."""
    recent = st.integers(2, 20).map(lambda days: NOW - timedelta(days=days))
    far = st.integers(-3, 400).map(lambda days: NOW - timedelta(days=days))
    return st.one_of(recent, recent, recent, far)


def _valid(
    vendor: str, parameter: dict[str, Any], ids: dict[str, list[str]], moment: datetime
) -> st.SearchStrategy[str]:
    """Values that the parameter's schema and the vendor's own ids allow."""
    schema, name = parameter["schema"], parameter["name"]
    known = ids.get(f"{vendor} {name}") or ids.get(name)
    if known:
        return st.sampled_from(known)
    if name in ("from", "to"):
        return st.just(f"{moment:%Y-%m-%d}" if vendor == "zoom" else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if name in ("year", "month"):
        return st.just(str(getattr(moment, name)))
    if schema["type"] == "boolean":
        return st.sampled_from(["true", "false"])
    if schema["type"] == "integer":
        return st.integers(1, schema.get("maximum", 300)).map(str)
    return st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)


def test_a_wrong_answer_is_found(sandboxed: Sandboxed) -> None:
    answer = sandboxed.get("zoom", "/users", {})
    body = answer.json()
    body["users"][0]["type"] = "Licensed"
    answer._content = json.dumps(body).encode()
    with pytest.raises(AssertionError, match="users/0/type"):
        check("zoom", "/users", answer, Counter())
