"""Webinars and their attendees: the cases that the reference vectors do not cover. Answers are in `test_engagement_answers`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from reporting_assets_tests.models import audience
from reporting_assets_tests.models.warehouse import BASE, DAY, Warehouse, at

ATTENDEES, WEBINARS = "engagement.webinar_attendee_engagement", "engagement.webinar_engagement"
POLLS = "engagement.poll_results"


def here(who: str, join: int = 0, leave: int = 3600, **more: Any) -> dict[str, Any]:
    """A join of somebody with an address."""
    return {"email": f"{who}@x", "join": join, "leave": leave, **more}


def registered(who: str, join: int = 0, leave: int = 3600, **more: Any) -> dict[str, Any]:
    return here(who, join, leave, registrant_id=f"r {who}", **more)


def by_email(rows: list[dict[str, Any]]) -> dict[str | None, dict[str, Any]]:
    return {row["email"]: row for row in rows}


# Who is an attendee, and who had registered


def test_whoever_runs_a_webinar_is_no_attendee(warehouse: Warehouse) -> None:
    audience.webinar(warehouse)
    audience.joins(
        warehouse,
        {"email": "host@x.com", "join": 0, "leave": 3600},
        here("panelist", user_id="U1"),
        registered("colleague", user_id="U2"),
        registered("guest"),
        {"display_name": "Visitor", "join": 0, "leave": 60},
    )
    [row] = audience.run(warehouse)[WEBINARS]
    assert (row["attended_registrants"], row["approved_registrants"]) == (2, None), "nobody's absence was told"
    audience.absent(warehouse, "pending@x", registration_status="pending")  # so absentees were asked for
    tables = audience.run(warehouse)
    people = by_email(tables[ATTENDEES])
    assert set(people) == {"colleague@x", "guest@x", None}
    assert [people[who]["is_walk_in"] for who in ("colleague@x", "guest@x", None)] == [False, False, True]
    [row] = tables[WEBINARS]
    assert (row["approved_registrants"], row["attended_registrants"], row["no_shows"], row["walk_ins"]) == (2, 2, 0, 1)
    assert (row["unique_attendees"], row["unique_attendees_identified"], row["attendance_rate"]) == (3, 2, 1)


def test_without_registration_everybody_but_the_host_attends(warehouse: Warehouse) -> None:
    audience.webinar(warehouse)
    audience.joins(warehouse, {"email": "host@x.com", "join": 0, "leave": 60}, here("a", user_id="U1"))
    tables = audience.run(warehouse)
    [person] = tables[ATTENDEES]
    assert (person["email"], person["is_registered"], person["is_walk_in"], person["registrations"]) == (
        "a@x",
        *[None] * 3,
    )
    [row] = tables[WEBINARS]
    told = ("approved_registrants", "attended_registrants", "no_shows", "attendance_rate", "no_show_rate", "walk_ins")
    assert [row[name] for name in told] == [None] * 6
    assert row["unique_attendees"] == 1


def test_an_absentee_whose_address_came_is_no_walk_in(warehouse: Warehouse) -> None:
    audience.webinar(warehouse)
    audience.joins(warehouse, here("came", user_id="U1"), registered("other"), here("stranger"))
    audience.absent(warehouse, "Came@x", "away@x")
    audience.absent(warehouse, "stranger@x", registration_status="denied")
    tables = audience.run(warehouse)
    people = by_email(tables[ATTENDEES])
    assert people["came@x"]["is_registered"], "by address; nor is this person of the account a panelist"
    assert people["stranger@x"]["is_walk_in"], "a registration that was denied is none"
    [row] = tables[WEBINARS]
    assert (row["approved_registrants"], row["attended_registrants"], row["no_shows"], row["walk_ins"]) == (3, 2, 1, 1)


def test_registrations_count_once_however_people_come(warehouse: Warehouse) -> None:
    audience.webinar(warehouse)
    audience.joins(
        warehouse,
        registered("twice", 0, 600),
        registered("twice", 500, 900),
        registered("glance", 5, 5),
        registered("waits", 0, 60, status="in_waiting_room"),
        # One account with two registrations.
        registered("two", 0, 100, user_id="U9"),
        {"join": 200, "leave": 300, "user_id": "U9", "registrant_id": "r second"},
    )
    audience.absent(warehouse, "away@x")
    audience.absent(warehouse, "away@x", registrant_id="absent away@x", registered_at=BASE - timedelta(days=1))
    tables = audience.run(warehouse)
    [row] = tables[WEBINARS]
    assert row["approved_registrants"] == 6
    assert row["attended_registrants"] == 3, "not with a glance of no time, nor from the waiting room"
    assert row["attendance_rate"] == 0.5
    assert row["unique_attendees"] == 3
    assert row["mean_attended_minutes"] == pytest.approx((900 + 200) / 2 / 60)


# Unknown is not zero


def test_without_joins_figures_of_people_are_unknown(warehouse: Warehouse) -> None:
    audience.webinar(warehouse, vendor_participant_joins=40)
    audience.absent(warehouse, "away@x")
    [row] = audience.run(warehouse)[WEBINARS]
    told = (
        "unique_attendees",
        "attended_registrants",
        "attendance_rate",
        "attended_minutes",
        "peak_concurrent_attendees",
    )
    assert [row[name] for name in told] == [None] * 5
    assert not row["has_participant_rows"]
    assert row["vendor_absentees"] == 1


@pytest.mark.parametrize(("has_poll", "polls"), [(False, 0), (True, None), (None, None)])
def test_no_answers_are_no_polls_only_where_the_list_says_so(
    warehouse: Warehouse, has_poll: bool | None, polls: int | None
) -> None:
    audience.webinar(warehouse, has_poll=has_poll)
    audience.joins(warehouse, here("a"))
    [row] = audience.run(warehouse)[WEBINARS]
    assert (row["polls_answered"], row["anonymous_poll_responses"], row["poll_response_rate"]) == (polls, polls, None)
    assert row["poll_participation"] == polls
    assert (row["questions_asked"], row["qa_participation"], row["survey_participation"]) == (None, None, None)


def test_while_a_webinar_runs_nobody_has_a_score(warehouse: Warehouse) -> None:
    audience.webinar(warehouse, seconds=None)
    audience.joins(warehouse, *(here(who) for who in "abcdef"))
    tables = audience.run(warehouse)
    assert {(row["duration_share"], row["engagement_score"]) for row in tables[ATTENDEES]} == {(None, None)}
    [row] = tables[WEBINARS]
    assert (row["is_final"], row["scored_attendees"], row["engagement_score_mean"]) == (False, 0, None)
    assert row["unique_attendees"] == 6


def test_scores_of_few_people_are_not_shown(warehouse: Warehouse) -> None:
    audience.webinar(warehouse)
    shown = ("engagement_score_mean", "engagement_score_median", "engaged_attendee_share")
    audience.joins(warehouse, *(here(who) for who in "abc"), here("d", 0, 1800))
    [row] = audience.run(warehouse)[WEBINARS]
    assert [row[name] for name in shown] == [None] * 3
    assert row["scored_attendees"] == 4
    [row] = audience.run(warehouse, score_least_people=4)[WEBINARS]
    assert [row[name] for name in shown] == [87.5, 100, 0.75]
    [row] = audience.run(warehouse, score_least_people=4, engaged_score=50)[WEBINARS]
    assert row["engaged_attendee_share"] == 1, "a score at the threshold is engaged"


# What was offered, and what was made of it


def test_polls_count_for_those_who_were_there(warehouse: Warehouse) -> None:
    audience.webinar(warehouse)
    audience.joins(
        warehouse, here("answers"), here("watches"), here("late", 101), here("early", 0, 50), here("absent", 50, 50)
    )
    audience.poll(
        warehouse,
        {"who": "Answers@x", "second": 50, "question": "one?"},
        {"who": "answers@x", "respondent_place": 1, "second": 50, "question": "two?"},
        {"who": "elsewhere@x", "respondent_place": 2, "second": 100, "question": "one?"},
    )
    people = by_email(audience.run(warehouse)[ATTENDEES])
    offered = {email: (row["poll_questions_offered"], row["poll_questions_answered"]) for email, row in people.items()}
    assert offered == {
        "answers@x": (2, 2),
        "watches@x": (2, 0),
        "late@x": (None, None),
        "early@x": (None, None),
        "absent@x": (None, None),
    }
    assert people["late@x"]["engagement_score"] == pytest.approx(100 * 3499 / 3600), (
        "what was not offered costs nothing"
    )
    assert people["watches@x"]["engagement_score"] == 50


def test_nobody_is_blamed_for_an_anonymous_form(warehouse: Warehouse) -> None:
    audience.webinar(warehouse)
    audience.joins(warehouse, here("a"), here("b"))
    audience.poll(warehouse, {"who": 1, "second": 50}, {"who": 2, "second": 50})
    audience.survey(warehouse, {"who": 1})
    tables = audience.run(warehouse)
    assert {(row["poll_component"], row["survey_component"]) for row in tables[ATTENDEES]} == {(None, None)}
    [row] = tables[WEBINARS]
    assert (row["identified_poll_respondents"], row["anonymous_poll_responses"], row["poll_participation"]) == (0, 2, 0)
    assert (row["identified_survey_respondents"], row["anonymous_survey_respondents"]) == (0, 1)
    assert row["poll_response_rate"] == 1


def test_whoever_answers_was_there_whatever_the_joins_say(warehouse: Warehouse) -> None:
    audience.webinar(warehouse)
    audience.joins(warehouse, here("a", 0, 10), here("b"))
    audience.poll(warehouse, {"who": "a@x", "second": 500}, {"who": "b@x", "second": 500}, {"who": 3, "second": 500})
    tables = audience.run(warehouse)
    assert by_email(tables[ATTENDEES])["a@x"]["poll_component"] == 1
    assert {(row["people_present"], row["poll_response_rate"]) for row in tables[POLLS]} == {(1, 1)}
    assert tables[WEBINARS][0]["poll_response_rate"] == 1


def test_when_the_audience_left(warehouse: Warehouse) -> None:
    audience.webinar(warehouse, seconds=400)
    audience.joins(warehouse, here("a", 0, 400), here("b", 0, 100), here("c", 100, 300), here("d", 50, 201))
    [row] = audience.run(warehouse)[WEBINARS]
    shares = [row[f"present_at_{moment}_share"] for moment in ("first_quarter", "half", "third_quarter")]
    assert shares == [0.75, 0.75, 0.25], "leaving at a moment is not being there, joining at it is"
    assert (row["peak_concurrent_attendees"], row["peak_attendees_at"]) == (3, at(50))


def test_rank_and_rating_of_those_who_only_watch(warehouse: Warehouse) -> None:
    audience.webinar(warehouse)
    audience.joins(warehouse, here("a"), here("b", 0, 1800))
    rows = by_email(audience.run(warehouse)[ATTENDEES])
    assert [rows["a@x"][name] for name in ("interactions", "interaction_rank", "hubilo_rank_points")] == [0, None, 0]
    assert (rows["a@x"]["goto_interest_rating"], rows["b@x"]["goto_interest_rating"]) == (100, 50)


# Webex


def test_a_webinar_of_webex(warehouse: Warehouse) -> None:
    _webex_webinar(warehouse, registrants=4)
    tables = audience.run(warehouse, score_least_people=1)
    [row] = tables[WEBINARS]
    assert (row["platform"], row["approved_registrants"], row["attended_registrants"], row["walk_ins"]) == (
        "webex",
        4,
        2,
        1,
    )
    assert (row["unique_attendees"], row["attendance_rate"]) == (3, 0.5)
    assert (row["polls_answered"], row["questions_asked"], row["poll_participation"]) == (None, None, None)
    assert {row["email"]: row["engagement_score"] for row in tables[ATTENDEES]} == {"a@x": 100, "b@x": 50, "c@x": 25}
    assert row["engagement_score_mean"] == pytest.approx(175 / 3, abs=1e-6)
    warehouse.query("UPDATE webex.meeting_usage SET registrants = 1")
    [row] = audience.run(warehouse)[WEBINARS]
    assert (row["attended_registrants"], row["no_shows"], row["attendance_rate"]) == (2, None, None), "two are one"


def test_no_shows_are_unknown_where_more_came_than_had_registered(warehouse: Warehouse) -> None:
    _webex_webinar(warehouse, registrants=1)
    [row] = audience.run(warehouse)[WEBINARS]
    assert (row["approved_registrants"], row["attended_registrants"]) == (1, 2)
    assert (row["no_shows"], row["attendance_rate"], row["no_show_rate"]) == (None, None, None)


def _webex_webinar(warehouse: Warehouse, *, registrants: int) -> None:
    """A host and three attendees, of whom two had registered."""
    day = date.fromisoformat(DAY)
    usage = {
        "dt": day,
        "meeting_instance_id": "I_1",
        "site_url": "x.webex.com",
        "service_type": "MeetingCenter",
        "scheduled_type": "webinar",
        "host_email": "host@x.com",
        "started_at": BASE,
        "ended_at": at(1000),
        "vendor_participants": 3,
        "registrants": registrants,
    }
    warehouse.insert("webex.meeting_usage", [usage])
    stays = [("host@x.com", False, 1000), ("a@x", True, 1000), ("b@x", True, 500), ("c@x", False, 250)]
    warehouse.insert(
        "webex.meeting_attendees",
        [
            {
                "dt": day,
                "meeting_instance_id": "I_1",
                "session_place": place,
                "site_url": "x.webex.com",
                "meeting_started_at": BASE,
                "email": email,
                "is_registered": is_registered,
                "participant_type": "attendee" if place else "host",
                "joined_at": BASE,
                "left_at": at(length),
            }
            for place, (email, is_registered, length) in enumerate(stays)
        ],
    )
