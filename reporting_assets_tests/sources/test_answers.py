"""What a Zoom answer stands for: every code the vendor documents, in a list and for one item."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from reporting_assets import contracts
from reporting_assets.sources import errors
from reporting_assets.sources.answers import body_of, error_of, rate_headers, refuses_token
from reporting_assets.sources.errors import scrub
from reporting_assets.sources.transport import Answer, retry_after

LIST = contracts.table("zoom.meetings").endpoint("metrics_meetings")
ITEM = contracts.table("zoom.meeting_participants").endpoint("past_meeting_participants")


def answer(status: int, body: object = None, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


@pytest.mark.parametrize(
    ("status", "code", "in_list", "of_item"),
    [
        (400, 200, errors.PlanError, errors.PlanError),
        (400, 300, errors.BadRequestError, errors.BadRequestError),
        (404, 1001, errors.BadRequestError, errors.NotAvailableError),
        (400, 1010, errors.BadRequestError, errors.NotAvailableError),
        (404, 3001, errors.BadRequestError, errors.NotAvailableError),
        (400, 3001, errors.BadRequestError, errors.NotAvailableError),
        (400, 3161, errors.BadRequestError, errors.NotAvailableError),
        (404, 5010, errors.NotAvailableError, errors.NotAvailableError),
        (400, 12700, errors.PlanError, errors.PlanError),
        (400, 12702, errors.ExpiredError, errors.ExpiredError),
        (400, 4700, errors.MissingScopeError, errors.MissingScopeError),
        (401, 4711, errors.MissingScopeError, errors.MissingScopeError),
        (403, 4711, errors.MissingScopeError, errors.MissingScopeError),
        (400, 124, errors.CredentialsError, errors.CredentialsError),
        (401, 124, errors.CredentialsError, errors.CredentialsError),
        (404, None, errors.BadRequestError, errors.NotAvailableError),
        (403, 999, errors.BadRequestError, errors.BadRequestError),
        (302, None, errors.BadRequestError, errors.BadRequestError),
        (408, None, errors.ServerError, errors.ServerError),
        (500, 12702, errors.ServerError, errors.ServerError),
        (503, None, errors.ServerError, errors.ServerError),
    ],
)
def test_codes(status: int, code: int | None, in_list: type, of_item: type) -> None:
    body = {"code": code, "message": "Said so."} if code else {}
    assert type(error_of(answer(status, body), LIST, has_page_token=False)) is in_list
    found = error_of(answer(status, body), ITEM, has_page_token=False)
    assert type(found) is of_item
    assert ITEM.path in str(found)


def test_code_300_is_about_the_page_token_only_when_one_was_sent() -> None:
    said = answer(400, {"code": 300, "message": "The next page token is invalid or expired."})
    assert isinstance(error_of(said, LIST, has_page_token=True), errors.PageTokenError)
    assert not isinstance(error_of(said, LIST, has_page_token=False), errors.PageTokenError)


def test_missing_scope_is_named() -> None:
    said = answer(400, {"code": 4711, "message": "Invalid access token, does not contain scopes:[a:read:x, b:read]."})
    error = error_of(said, LIST, has_page_token=False)
    assert isinstance(error, errors.MissingScopeError)
    assert error.scopes == ("a:read:x", "b:read")
    assert "a:read:x" in str(error)
    unnamed = error_of(answer(401, {"code": 4700, "message": "no"}), LIST, has_page_token=False)
    assert isinstance(unnamed, errors.MissingScopeError)
    assert unnamed.scopes == LIST.scopes


def test_a_webinar_without_registration_has_no_absentees_and_that_is_a_result() -> None:
    absentees = contracts.table("zoom.webinar_absentees").endpoints[0]
    said = answer(400, {"code": 3000, "message": "This webinar doesn't have registration required: abc."})
    assert type(error_of(said, absentees, has_page_token=False)) is errors.NothingError
    assert type(error_of(said, LIST, has_page_token=False)) is errors.BadRequestError  # a whole list is never nothing
    other = answer(400, {"code": 3000, "message": "Cannot access webinar information."})
    assert type(error_of(other, absentees, has_page_token=False)) is errors.BadRequestError


def test_a_missing_event_subscription_says_what_to_get() -> None:
    said = answer(400, {"code": 200, "message": "Event subscription not found. Subscribe to the event."})
    error = error_of(said, ITEM, has_page_token=False)
    assert type(error) is errors.PlanError
    assert "QSS" in str(error)
    assert "subscribes" in str(error)


def test_a_plan_that_does_not_include_a_report_names_the_plan_that_does() -> None:
    error = error_of(answer(400, {"code": 200, "message": "No permission."}), LIST, has_page_token=False)
    assert LIST.plan in str(error)


def test_scope_text_counts_whatever_the_code_and_never_renews_the_token() -> None:
    said = answer(401, {"code": 104, "message": "Invalid access token, does not contain scopes:[a:b]."})
    assert not refuses_token(said)
    assert isinstance(error_of(said, LIST, has_page_token=False), errors.MissingScopeError)


def test_a_firewall_page_hides_one_item_but_a_json_403_is_loud() -> None:
    page = answer(403, b"<html>blocked by the firewall</html>")
    assert isinstance(error_of(page, ITEM, has_page_token=False), errors.NotAvailableError)
    assert "firewall" in str(error_of(page, ITEM, has_page_token=False))
    assert type(error_of(page, LIST, has_page_token=False)) is errors.BadRequestError
    told = answer(403, {"code": 1, "message": "No."})
    assert type(error_of(told, ITEM, has_page_token=False)) is errors.BadRequestError


def test_daily_limit_says_when_to_go_on() -> None:
    said = answer(
        429, {"code": 429, "message": "Limit."}, x_ratelimit_type="Daily-limit", retry_after="2026-11-22T00:00:00Z"
    )
    error = error_of(said, LIST, has_page_token=False)
    assert isinstance(error, errors.BudgetExhaustedError)
    assert error.resume_at == datetime(2026, 11, 22, tzinfo=UTC)
    assert "2026-11-22 00:00 UTC" in str(error)


def test_daily_limit_without_header_goes_on_at_midnight() -> None:
    said = answer(429, {"code": 429, "message": "You have reached the maximum daily rate limit for this API."})
    error = error_of(said, LIST, has_page_token=False)
    assert isinstance(error, errors.BudgetExhaustedError)
    assert error.resume_at.time().isoformat() == "00:00:00"
    assert timedelta(0) < error.resume_at - datetime.now(UTC) <= timedelta(days=1)


def test_waits_of_short_limits() -> None:
    per_second = error_of(answer(429, {}, x_ratelimit_type="QPS"), ITEM, has_page_token=False)
    per_minute = error_of(answer(429, {}, x_ratelimit_type="QPS"), LIST, has_page_token=False)
    stated = error_of(answer(429, {}, retry_after="7"), LIST, has_page_token=False)
    waits = [
        error.retry_after for error in (per_second, per_minute, stated) if isinstance(error, errors.RateLimitedError)
    ]
    assert waits == [1.5, 60.0, 7.0]


def test_retry_after_in_every_form() -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=30)).isoformat()
    assert retry_after(answer(503, {}, retry_after="3")) == 3.0
    assert 25 < (retry_after(answer(503, {}, retry_after=soon)) or 0) <= 30
    assert retry_after(answer(503, {}, retry_after="2020-01-01T00:00:00Z")) == 0.0
    assert retry_after(answer(503, {}, retry_after="1.5")) == 1.5
    assert retry_after(answer(503, {}, retry_after="Wed, 01 Jan 2020 00:00:00 GMT")) == 0.0
    assert (
        25
        < (retry_after(answer(503, {}, retry_after=format_datetime(datetime.now(UTC) + timedelta(seconds=30)))) or 0)
        <= 30
    )
    assert retry_after(answer(503, {}, retry_after="inf")) is None
    assert retry_after(answer(503, {}, retry_after="soon")) is None
    assert retry_after(answer(503)) is None


def test_rate_headers() -> None:
    said = rate_headers(
        answer(200, {}, x_ratelimit_type="Daily-limit", x_ratelimit_limit="100", x_ratelimit_remaining="7")
    )
    assert (said.is_daily, said.remaining) == (True, 7)
    assert rate_headers(answer(200, {}, x_ratelimit_remaining="many")).remaining is None


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"meetings": [', b"[1]", b"\xff\xfe"])
def test_a_body_that_is_no_object_is_transient(content: bytes) -> None:
    with pytest.raises(errors.ServerError, match="/metrics/meetings"):
        body_of(answer(200, content), LIST)


def test_vendor_text_is_scrubbed() -> None:
    said = answer(
        400,
        {
            "code": 300,
            "message": "User jane.doe+x@corp.example.com\ndoes not exist, token abc.def",
            "errors": [{"field": "to", "message": "Not a date."}],
        },
    )
    text = str(error_of(said, LIST, has_page_token=False, secrets=("abc.def",)))
    assert "corp.example.com" not in text
    assert "abc.def" not in text
    assert "\n" not in text
    assert "to: Not a date." in text
    assert len(scrub("x" * 5000)) == 300
