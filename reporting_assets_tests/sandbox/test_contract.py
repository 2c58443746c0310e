"""Every answer has the shape that the vendor's OpenAPI file documents."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator

from reporting_assets.sandbox.zoom.routes import ROUTES
from reporting_assets_tests.reference import find
from reporting_assets_tests.sandbox.client import Api, ask_token, twice

pytestmark = pytest.mark.integration

# Not in the reference; as the vendor's current documentation lists them.
PAST_PARTICIPANT = {
    "id": str,
    "name": str,
    "user_id": str,
    "registrant_id": str,
    "user_email": str,
    "join_time": str,
    "leave_time": str,
    "duration": int,
    "failover": bool,
    "status": str,
    "internal_user": bool,
}


@cache
def openapi() -> dict[str, Any]:
    return json.loads(find("api/zoom-openapi.json").read_text())


def resolved(value: Any) -> Any:
    """The schema with every local $ref replaced by what it names."""
    if isinstance(value, dict):
        if "$ref" in value:
            target: Any = openapi()
            for part in value["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            return resolved(target)
        return {key: resolved(inner) for key, inner in value.items()}
    return [resolved(inner) for inner in value] if isinstance(value, list) else value


def problems(path: str, status: int, body: Any, method: str = "get") -> list[str]:
    """What is wrong with a body, by the schema of this path and status."""
    response = resolved(openapi()["paths"][path][method]["responses"][str(status)])
    schema = response["content"]["application/json"]["schema"]
    validator = OAS30Validator(schema, format_checker=OAS30Validator.FORMAT_CHECKER)
    return [f"{'/'.join(map(str, error.path))}: {error.message}"[:200] for error in validator.iter_errors(body)]


WINDOW = {"from_": "2026-11-09", "to": "2026-11-13", "page_size": 300}
CALLS = [
    ("/users", {"page_size": 2000, "include_fields": "custom_attributes"}),
    ("/users", {"status": "inactive", "include_fields": "host_key"}),
    ("/users", {"status": "pending"}),
    ("/report/users", WINDOW),
    ("/report/users", {**WINDOW, "type": "inactive"}),
    ("/report/daily", {"year": 2026, "month": 11}),
    ("/metrics/meetings", {**WINDOW, "type": "past", "include_fields": "tracking_fields"}),
    ("/metrics/meetings", {**WINDOW, "type": "pastOne"}),
    ("/metrics/meetings", {**WINDOW, "type": "live"}),
]


@pytest.mark.parametrize(("path", "query"), CALLS)
def test_listing_matches_the_reference(api: Api, path: str, query: dict[str, Any]) -> None:
    body = api.ok(path, **query)
    rows = next(value for value in body.values() if isinstance(value, list))
    assert rows, "an empty listing would match anything"
    assert problems(path, 200, body) == []


@pytest.mark.parametrize("kind", ["past", "pastOne", "pastJoined"])
def test_user_meetings_match_the_reference(api: Api, kind: str) -> None:
    rows = 0
    for host in api.ok("/report/users", **WINDOW)["users"][:10]:
        body = api.ok(f"/report/users/{host['id']}/meetings", **WINDOW, type=kind)
        rows += len(body["meetings"])
        assert problems("/report/users/{userId}/meetings", 200, body) == []
    assert rows


def test_report_participants_match_the_reference(api: Api) -> None:
    for meeting in api.meetings("2026-11-10", "2026-11-10"):
        body = api.ok(
            f"/report/meetings/{twice(meeting['uuid'])}/participants", page_size=300, include_fields="registrant_id"
        )
        assert body["participants"]
        assert problems("/report/meetings/{meetingId}/participants", 200, body) == []


def test_past_participants_have_the_documented_fields(api: Api) -> None:
    for meeting in api.meetings("2026-11-10", "2026-11-10")[:30]:
        body = api.ok(f"/past_meetings/{twice(meeting['uuid'])}/participants", page_size=300)
        assert body.keys() == {"next_page_token", "page_count", "page_size", "total_records", "participants"}
        for row in body["participants"]:
            assert {name: type(value) for name, value in row.items()} == PAST_PARTICIPANT


def test_errors_match_the_reference(api: Api) -> None:
    for path, sent, status in [
        ("/report/users", "/report/users", 400),
        ("/report/users/{userId}/meetings", "/report/users/nobody/meetings", 404),
        ("/report/meetings/{meetingId}/participants", "/report/meetings/123/participants", 404),
        ("/metrics/meetings", "/metrics/meetings", 400),
    ]:
        answer = api.get(sent)
        assert answer.status_code == status
        assert problems(path, status, answer.json()) == []


def test_token_matches_the_reference(api: Api) -> None:
    assert problems("/oauth/token", 200, ask_token(api.session, api.running).json(), "post") == []


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_routes_agree_with_the_reference(route: Any) -> None:
    operation = openapi()["paths"].get(route.path, {}).get("get")
    if operation is None:
        assert route.path == "/past_meetings/{meetingId}/participants", "only this path is missing in the reference"
        return
    assert operation["x-rate-limit-label"] == route.label
    documented = operation["x-scopes"]["granular"] + operation["x-scopes"]["classic"]
    assert set(route.scopes) <= set(documented)


def test_the_schema_check_can_fail(api: Api) -> None:
    body = api.ok("/users")
    body["users"][0]["type"] = "Licensed"
    assert problems("/users", 200, body) != []


def test_undocumented_fields_are_the_intended_ones(api: Api) -> None:
    def documented(path: str, rows_at: str) -> set[str]:
        content = openapi()["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        return set(resolved(content["schema"])["properties"][rows_at]["items"]["properties"])

    extra = {
        name
        for path, rows_at, query in [
            ("/users", "users", {"page_size": 300}),
            ("/report/users", "users", WINDOW),
            ("/metrics/meetings", "meetings", {**WINDOW, "type": "past"}),
        ]
        for row in api.all(path, rows_at, **query)
        for name in row.keys() - documented(path, rows_at)
    }
    assert extra == {"account_number", "ai_companion_used"}
    path = "/report/meetings/{meetingId}/participants"
    extra = set()
    for meeting in api.meetings("2026-11-10", "2026-11-10")[:20]:
        for row in api.ok(path.replace("{meetingId}", twice(meeting["uuid"])))["participants"]:
            extra |= row.keys() - documented(path, "participants")
    assert extra == {"attentiveness_score"}
