"""Rooms, telephone, Room Connector ports, recordings, bills, the audit log and series: shapes, plans, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reporting_assets_tests.sandbox.client import Api
from reporting_assets_tests.sandbox.test_contract import openapi, problems, resolved

pytestmark = pytest.mark.integration
WINDOW = {"from_": "2026-11-09", "to": "2026-11-13", "page_size": 300}
ON_BUSINESS_ONLY = ("/metrics/zoomrooms", "/metrics/zoomrooms/issues", "/metrics/issues/zoomrooms", "/metrics/crc")
ON_EVERY_PAID_PLAN = ("/report/telephone", "/report/cloud_recording", "/report/billing", "/report/operationlogs")


def calls(api: Api) -> list[tuple[str, str, dict[str, Any]]]:
    """(documented path, path, query) of calls to every one of these endpoints."""
    room = api.ok("/metrics/issues/zoomrooms", **WINDOW)["zoom_rooms"][0]["id"]
    number = api.meetings("2026-11-10", "2026-11-10")[0]["id"]
    webinar = webinar_number(api)
    bill = api.ok("/report/billing")["billing_reports"][0]["id"]
    return [
        ("/metrics/zoomrooms", "/metrics/zoomrooms", {}),
        ("/metrics/zoomrooms/{zoomroomId}", f"/metrics/zoomrooms/{room}", WINDOW),
        ("/metrics/issues/zoomrooms/{zoomroomId}", f"/metrics/issues/zoomrooms/{room}", WINDOW),
        ("/metrics/issues/zoomrooms", "/metrics/issues/zoomrooms", WINDOW),
        ("/metrics/zoomrooms/issues", "/metrics/zoomrooms/issues", WINDOW),
        ("/metrics/crc", "/metrics/crc", WINDOW),
        ("/report/telephone", "/report/telephone", {**WINDOW, "type": "2"}),
        ("/report/telephone", "/report/telephone", {**WINDOW, "query_date_type": "meeting_end_time"}),
        ("/report/cloud_recording", "/report/cloud_recording", WINDOW),
        ("/report/billing", "/report/billing", {}),
        ("/report/billing/invoices", "/report/billing/invoices", {"billing_id": bill}),
        ("/report/operationlogs", "/report/operationlogs", WINDOW),
        ("/past_meetings/{meetingId}/instances", f"/past_meetings/{number}/instances", {}),
        ("/past_webinars/{webinarId}/instances", f"/past_webinars/{webinar}/instances", {}),
    ]


def webinar_number(api: Api) -> int:
    return api.all("/metrics/webinars", "webinars", **WINDOW, type="past")[0]["id"]


def schema_of(path: str) -> dict[str, Any]:
    content = openapi()["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    found: dict[str, Any] = resolved(content["schema"])
    return found


def unknown(value: Any, schema: dict[str, Any], at: str = "") -> set[str]:
    """Fields of a value, at any depth, that its schema does not name."""
    if isinstance(value, list):
        return set().union(*(unknown(one, schema["items"], at) for one in value))
    if not isinstance(value, dict):
        return set()
    known = schema["properties"]
    odd = {f"{at}{name}" for name in value if name not in known}
    return odd.union(*(unknown(inner, known[name], f"{at}{name}.") for name, inner in value.items() if name in known))


def test_every_answer_has_the_documented_shape_and_rows(api: Api) -> None:
    for documented, path, query in calls(api):
        body = api.ok(path, **query)
        assert problems(documented, 200, body) == []
        assert unknown(body, schema_of(documented)) == set(), documented
        lists = [value for value in (body.get("past_meetings", {}) | body).values() if isinstance(value, list)]
        assert any(lists), f"{path}: an empty listing would match anything"


def test_the_check_of_fields_can_fail(api: Api) -> None:
    body = api.ok("/metrics/crc", **WINDOW)
    body["crc_ports_usage"][0]["crc_ports_hour_usage"][0]["new"] = 1
    assert unknown(body, schema_of("/metrics/crc")) == {"crc_ports_usage.crc_ports_hour_usage.new"}


@pytest.mark.parametrize(
    ("documented", "path", "query", "expected"),
    [
        ("/report/billing/invoices", "/report/billing/invoices", {"billing_id": "none"}, (404, 5010)),
        ("/report/billing/invoices", "/report/billing/invoices", {}, (400, 300)),
        ("/report/telephone", "/report/telephone", {**WINDOW, "type": "4"}, (400, 300)),
        ("/report/telephone", "/report/telephone", {**WINDOW, "query_date_type": "never"}, (400, 300)),
        ("/report/telephone", "/report/telephone", {"from_": "2026-09-01", "to": "2026-11-01"}, (400, 300)),
        ("/report/operationlogs", "/report/operationlogs", {**WINDOW, "category_type": "nothing"}, (400, 300)),
        ("/report/operationlogs", "/report/operationlogs", {"from_": "2026-11-01"}, (400, 300)),
        ("/report/cloud_recording", "/report/cloud_recording", {"from_": "2025-01-01", "to": "2025-01-02"}, (400, 300)),
        ("/metrics/zoomrooms/{zoomroomId}", "/metrics/zoomrooms/nowhere", WINDOW, (400, 300)),
        ("/metrics/issues/zoomrooms/{zoomroomId}", "/metrics/issues/zoomrooms/nowhere", WINDOW, (400, 300)),
        ("/past_meetings/{meetingId}/instances", "/past_meetings/123/instances", {}, (404, 3001)),
        ("/past_meetings/{meetingId}/instances", "/past_meetings/abc==/instances", {}, (404, 3001)),
        ("/past_meetings/{meetingId}/instances", f"/past_meetings/{'9' * 5000}/instances", {}, (404, 3001)),
        ("/past_webinars/{webinarId}/instances", "/past_webinars/123/instances", {}, (404, 3001)),
    ],
)
def test_what_cannot_be_answered_is_refused_as_documented(
    api: Api, documented: str, path: str, query: dict[str, Any], expected: tuple[int, int]
) -> None:
    assert api.error(path, **query) == expected
    assert problems(documented, expected[0], api.get(path, **query).json()) == []


def test_plans(launched: Callable[..., Api]) -> None:
    pro, free = launched(plan="pro"), launched(plan="free")
    for path in ON_BUSINESS_ONLY:
        assert pro.error(path, **WINDOW) == (400, 400), path
    for path in ON_EVERY_PAID_PLAN:
        pro.ok(path, **WINDOW)
        assert free.error(path, **WINDOW) == (400, 200), path


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(launched: Callable[..., Api]) -> None:
    one, again, other = launched(users=60), launched(users=60), launched(users=60, seed=8)
    asked = calls(one)
    there = [one.get(path, **query).content for _, path, query in asked]
    assert there[::-1] == [again.get(path, **query).content for _, path, query in reversed(asked)]
    for path in ("/metrics/zoomrooms", *ON_EVERY_PAID_PLAN):
        assert one.get(path, **WINDOW).content != other.get(path, **WINDOW).content, path
