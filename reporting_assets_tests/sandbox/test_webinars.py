"""Webinars, polls, Q&A and surveys of the sandbox: the reference's shapes, and what lists and details say of each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from reporting_assets.sandbox import truth
from reporting_assets.sandbox.config import Config
from reporting_assets.sandbox.launch import start
from reporting_assets_tests.sandbox.client import Api, once, twice
from reporting_assets_tests.sandbox.test_contract import problems

pytestmark = pytest.mark.integration

WINDOW = {"from_": "2026-11-02", "to": "2026-11-13", "page_size": 300}
DETAILS = ("polls", "qa", "survey")


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with start(Config(users=400, now="2026-11-20T20:30:00Z")) as running:
        yield Api(running)


@pytest.fixture(scope="module")
def webinars(api: Api) -> list[dict[str, Any]]:
    found = api.all("/metrics/webinars", "webinars", type="past", **WINDOW)
    assert len(found) >= 8, "too few webinars to see every kind"
    return found


def test_the_list_matches_the_reference(api: Api, webinars: list[dict[str, Any]]) -> None:
    body = api.ok("/metrics/webinars", type="past", **WINDOW)
    assert problems("/metrics/webinars", 200, body) == []
    assert {"has_qa", "avg_jointime_cost"}.isdisjoint(webinars[0]), "only meetings have these"
    meetings = {meeting["uuid"] for meeting in api.meetings("2026-11-02", "2026-11-13")}
    assert meetings.isdisjoint(webinar["uuid"] for webinar in webinars)
    assert problems("/metrics/webinars", 200, api.ok("/metrics/webinars", **WINDOW)) == []
    assert api.error("/metrics/webinars", type="pastOne", **WINDOW) == (400, 300)


def test_hosts_list_the_same_webinars(api: Api, webinars: list[dict[str, Any]]) -> None:
    seen = set()
    for host in api.all("/users", "users", page_size=300):
        for meeting in api.all(f"/report/users/{host['id']}/meetings", "meetings", **WINDOW):
            if meeting["type"] in (5, 6, 9):
                seen.add(meeting["uuid"])
    assert seen
    assert seen <= {webinar["uuid"] for webinar in webinars}


def test_who_joined(api: Api, webinars: list[dict[str, Any]]) -> None:
    path, registered = "/report/webinars/{webinarId}/participants", Counter[bool]()
    for webinar in webinars:
        sent = path.replace("{webinarId}", twice(webinar["uuid"]))
        body = api.ok(sent, page_size=300, include_fields="registrant_id")
        assert problems(path, 200, body) == []
        assert sum(row["status"] == "in_meeting" for row in body["participants"]) == webinar["participants"]
        registered.update(bool(row["registrant_id"]) for row in body["participants"])
        assert all("registrant_id" not in row for row in api.ok(sent, page_size=300)["participants"])
    assert registered[True]
    assert registered[False], "panelists do not register"


def test_who_stayed_away(api: Api, webinars: list[dict[str, Any]]) -> None:
    path, open_to_all, absent = "/past_webinars/{webinarId}/absentees", 0, 0
    for webinar in webinars:
        sent = path.replace("{webinarId}", twice(webinar["uuid"]))
        answer = api.get(sent, page_size=300)
        assert problems(path, answer.status_code, answer.json()) == []
        if answer.status_code != 200:
            assert (answer.status_code, answer.json()["code"]) == (400, 3000)
            open_to_all += 1
            continue
        everyone = api.all(sent, "registrants", page_size=7)
        assert everyone == answer.json()["registrants"], "small pages show the same"
        absent += len(everyone)
        joined = api.all(
            f"/report/webinars/{twice(webinar['uuid'])}/participants",
            "participants",
            page_size=300,
            include_fields="registrant_id",
        )
        ids = [one["id"] for one in everyone]
        assert len(set(ids)) == len(ids)
        assert set(ids).isdisjoint(row["registrant_id"] for row in joined)
    assert absent
    assert open_to_all, "some webinars need no registration"


@pytest.mark.parametrize("kind", ["meeting", "webinar"])
@pytest.mark.parametrize("detail", DETAILS)
def test_answers_match_the_reference_and_the_flags(
    api: Api, webinars: list[dict[str, Any]], kind: str, detail: str
) -> None:
    path = f"/report/{kind}s/{{{kind}Id}}/{detail}"
    listed = webinars if kind == "webinar" else api.meetings("2026-11-10", "2026-11-10")
    flag = {"polls": "has_poll", "qa": "has_qa", "survey": "has_survey"}[detail]
    rows_at = "survey_answers" if detail == "survey" else "questions"
    answered = 0
    for instance in listed:
        body = api.ok(path.replace(f"{{{kind}Id}}", twice(instance["uuid"])))
        assert problems(path, 200, body) == []
        assert flag not in instance or instance[flag] or not body[rows_at], "nothing where the list says nothing"
        answered += bool(body[rows_at])
    assert answered


def test_answers_have_the_quirks(api: Api) -> None:
    polls, asked, surveys = [], [], []
    for meeting in api.meetings("2026-11-09", "2026-11-13"):
        sent = f"/report/meetings/{twice(meeting['uuid'])}"
        if meeting["has_poll"]:
            polls += api.ok(f"{sent}/polls")["questions"]
        if meeting["has_qa"]:
            asked += api.ok(f"{sent}/qa")["questions"]
        if meeting["has_survey"]:
            surveys += api.ok(f"{sent}/survey")["survey_answers"]
    given = [one for respondent in polls for one in respondent["question_details"]]
    assert any(respondent["name"] == "Anonymous Attendee" for respondent in polls)
    assert any("email" not in respondent and "last_name" not in respondent for respondent in polls)
    assert any(";" in one["answer"] for one in given)
    assert {one["date_time"][-1:] == "Z" for one in given} == {True, False}, "some moments come without a zone"
    questions = [one for asker in asked for one in asker["question_details"]]
    assert any(asker["name"] == "Anonymous Attendee" and asker["user_id"] == "" for asker in asked)
    assert any(one["answer"] == "live answered" for one in questions)
    assert any(len(one["answer_details"]) > 1 for one in questions)
    assert any(not one["answer_details"] for one in questions)
    assert any(len(asker["question_details"]) > 1 for asker in asked)
    assert all(one["answer"] == ";".join(each["content"] for each in one["answer_details"]) for one in questions)
    assert any(one["answer"] == "" for respondent in surveys for one in respondent["answer_details"])


def test_paths_tell_meetings_from_webinars(api: Api, webinars: list[dict[str, Any]]) -> None:
    webinar, meeting = webinars[0]["uuid"], api.meetings("2026-11-10", "2026-11-10")[0]["uuid"]
    assert api.error(f"/report/meetings/{twice(webinar)}/polls") == (404, 3001)
    for detail in (*DETAILS, "participants"):
        assert api.error(f"/report/webinars/{twice(meeting)}/{detail}") == (404, 3001)
    assert api.error(f"/past_webinars/{twice(meeting)}/absentees") == (404, 3001)
    awkward = next(one for one in webinars if "/" in one["uuid"])
    assert api.ok(f"/report/webinars/{twice(awkward['uuid'])}/qa")["uuid"] == awkward["uuid"]
    latest = max((one for one in webinars if one["id"] == awkward["id"]), key=lambda one: one["start_time"])
    assert api.ok(f"/report/webinars/{once(str(awkward['id']))}/qa")["start_time"] >= latest["start_time"]


def test_plans_without_dashboards_have_the_reports() -> None:
    with start(Config(users=400, plan="pro", now="2026-11-20T20:30:00Z")) as running:
        api = Api(running)
        status, _ = api.error("/metrics/webinars", type="past", **WINDOW)
        assert status == 400
        hosted = (
            meeting
            for host in api.all("/report/users", "users", **WINDOW)
            for meeting in api.all(f"/report/users/{host['id']}/meetings", "meetings", **WINDOW)
        )
        webinar = next(meeting for meeting in hosted if meeting["type"] in (5, 9))
        assert api.ok(f"/report/webinars/{twice(webinar['uuid'])}/participants", page_size=300)["participants"]


def test_the_ground_truth_agrees(api: Api, webinars: list[dict[str, Any]], tmp_path: Path) -> None:
    truth.write(Config(users=400, now="2026-11-20T20:30:00Z"), tmp_path, date(2026, 11, 10), date(2026, 11, 10))
    written = pq.read_table(tmp_path / "interactions.parquet").to_pylist()
    true = Counter(
        (row["meeting_uuid"], row["kind"], row["form_id"], row["question"], row["text"], row["told_email"])
        for row in written
    )
    shown: Counter[tuple[Any, ...]] = Counter()
    absent: set[tuple[str, str]] = set()
    meetings = [("meeting", one) for one in api.meetings("2026-11-09", "2026-11-11")]
    meetings += [("webinar", one) for one in webinars]
    for kind, one in meetings:
        if not one["start_time"].startswith("2026-11-10"):
            continue
        uuid, sent = one["uuid"], f"/report/{kind}s/{twice(one['uuid'])}"
        for entry in api.ok(f"{sent}/polls")["questions"]:
            for each in entry["question_details"]:
                email = entry.get("email", "").lower() or None
                shown[uuid, "poll", each["polling_id"], each["question"], each["answer"], email] += 1
        for entry in api.ok(f"{sent}/survey")["survey_answers"]:
            for each in entry["answer_details"]:
                email = entry.get("email", "").lower() or None
                shown[uuid, "survey", each["question_id"], each["question"], each["answer"], email] += 1
        for entry in api.ok(f"{sent}/qa")["questions"]:
            for each in entry["question_details"]:
                shown[
                    uuid, "question", each["question_id"], each["question"], None, entry["email"].lower() or None
                ] += 1
                for reply in each["answer_details"]:
                    email = reply["email"].lower() or None
                    shown[uuid, "reply", each["question_id"], each["question"], reply["content"], email] += 1
        if kind == "webinar" and api.get(f"/past_webinars/{twice(uuid)}/absentees").status_code == 200:
            listed = api.all(f"/past_webinars/{twice(uuid)}/absentees", "registrants", page_size=300)
            absent |= {(uuid, registrant["id"]) for registrant in listed}
    assert shown == true
    assert {kind for _, kind, *_ in true} == {"poll", "survey", "question", "reply"}
    registered = pq.read_table(tmp_path / "registrations.parquet").to_pylist()
    assert absent == {(row["meeting_uuid"], row["registrant_id"]) for row in registered if not row["has_come"]}
    assert absent
