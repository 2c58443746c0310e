"""The reference cases of engagement, run through the models and macros themselves."""

from __future__ import annotations

from typing import Any

import pytest

from reporting_assets_tests.models import audience
from reporting_assets_tests.models.test_engagement_chat import message
from reporting_assets_tests.models.warehouse import Warehouse, at
from reporting_assets_tests.reference import find, vectors

MACROS = ("poll", "qa", "chat", "survey")


def test_engagement_score_by_macro(warehouse: Warehouse) -> None:
    cases = vectors("engagement_score_v1")
    found = {}
    for case in cases:
        given = [case["duration_share"], *(case["components"][name] for name in MACROS)]
        [(score,)] = warehouse.con.execute(
            "SELECT engagement_score_v1($1::DOUBLE, $2::DOUBLE, $3::DOUBLE, $4::DOUBLE, $5::DOUBLE)", given
        ).fetchall()
        found[case["id"]] = score
    assert found == pytest.approx({case["id"]: case["expected_score"] for case in cases}, abs=0.001)


def test_engagement_score_of_attendees(warehouse: Warehouse) -> None:
    """Each case as a webinar that one looks at person by person. Chat is in no report, so these cases end at the macro."""
    ran = []
    for case in vectors("engagement_score_v1"):
        components = case["components"]
        if components["chat"] is not None or case["duration_share"] == 0:
            continue
        ran.append(case["id"])
        warehouse.clear()
        audience.webinar(warehouse, seconds=1000)
        length = int(1000 * case["duration_share"])
        # A second person, so that whatever the first leaves out was offered.
        audience.joins(warehouse, *({"email": who, "join": 0, "leave": length} for who in ("a@x", "b@x")))
        if components["poll"] is not None:
            answered = round(3 * components["poll"])
            for number in range(3):
                answers = [{"who": "b@x", "poll_id": f"p{number}", "question": "?", "second": 10}]
                if number < answered:
                    answers.append({"who": "a@x", "poll_id": f"p{number}", "question": "?", "second": 10})
                audience.poll(
                    warehouse, *({"respondent_place": 2 * number + place} | row for place, row in enumerate(answers))
                )
        if components["qa"] is not None:
            audience.question(warehouse, 0, email="a@x" if components["qa"] else "b@x")
        if components["survey"] is not None:
            assert components["survey"] in (0, 1)
            audience.survey(warehouse, {"who": "a@x" if components["survey"] else "b@x"})
        rows = audience.run(warehouse)["engagement.webinar_attendee_engagement"]
        [score] = [row["engagement_score"] for row in rows if row["email"] == "a@x"]
        assert score == pytest.approx(case["expected_score"], abs=case["tol"]), case["id"]
    assert len(ran) >= 4


def test_hubilo_points(warehouse: Warehouse) -> None:
    for case in vectors("engagement_hubilo_reference"):
        [(points,)] = warehouse.con.execute(
            "SELECT hubilo_rank_points($1, $2, $3)", [case["rank"], case["max_rank"], case["max_score"]]
        ).fetchall()
        assert points == pytest.approx(case["expected"])
    # The same places in a webinar: one person more active than the next, and one who only watches.
    audience.webinar(warehouse)
    audience.joins(warehouse, *({"email": f"{place}@x", "join": 0, "leave": 3600} for place in range(6)))
    for place in range(5):
        for number in range(5 - place):
            audience.question(warehouse, place, question_place=number, email=f"{place}@x")
    rows = audience.run(warehouse)["engagement.webinar_attendee_engagement"]
    points = {row["email"]: row["hubilo_rank_points"] for row in rows}
    for case in vectors("engagement_hubilo_reference"):
        assert points[f"{case['rank'] - 1}@x"] == pytest.approx(case["expected"])
    assert points["5@x"] == 0


def test_goto_rating(warehouse: Warehouse) -> None:
    """The suite states the formula; it has no cases of its own, so the formula is worked out here term by term."""
    find("metrics/vectors.json")
    cases: list[dict[str, Any]] = [
        {"R": 50, "P": 100, "Q": 20, "A": 80, "S": 0, "L": 90},
        {"R": None, "P": None, "Q": 20, "A": 35, "S": 60, "L": 90},
        {"R": None, "P": 10, "Q": None, "A": 0, "S": None, "L": None},
        *vectors("engagement_goto_reference"),
    ]
    for case in cases:
        named = [case[name] for name in "RPQASL"]
        count = sum(value is not None for value in named)
        others = sum(value or 0 for name, value in zip("RPQASL", named, strict=True) if name != "A")
        [(rating,)] = warehouse.con.execute(
            "SELECT goto_interest_rating($1::DOUBLE, $2::DOUBLE, $3::DOUBLE, $4::DOUBLE, $5::DOUBLE, $6::DOUBLE)", named
        ).fetchall()
        assert rating == pytest.approx((others + (count - 1) * case["A"]) / (2 * count - 2)), case


def test_webinar_aggregate(warehouse: Warehouse) -> None:
    for case in vectors("webinar_aggregate"):
        warehouse.clear()
        given = case["input"]
        audience.webinar(warehouse, seconds=3600, vendor_participant_joins=len(given["participants"]), has_poll=True)
        registrants, absentees = given["approved_registrants"], given["absentees"]
        audience.joins(
            warehouse,
            *(
                {
                    "join": one["join"],
                    "leave": one["leave"],
                    "email": one["user_email"],
                    "display_name": one.get("name"),
                    "registrant_id": f"r {one['user_email']}" if one["user_email"] in registrants else None,
                }
                for one in given["participants"]
            ),
        )
        audience.absent(warehouse, *absentees)
        for place, one in enumerate(given["qa"]):
            for number in range(one["question_details"]):
                audience.question(warehouse, place, question_place=number, email=one["email"])
        audience.poll(
            warehouse,
            *(
                {"who": one["email"] or place, "respondent_place": place, "answer_place": number}
                for place, one in enumerate(given["polls"])
                for number in range(one["answers"])
            ),
        )
        tables = audience.run(warehouse)
        [row] = tables["engagement.webinar_engagement"]
        expected, found = (
            case["expected"],
            {
                "join_sessions": row["join_count"],
                "unique_attendees": row["unique_attendees"],
                "approved_registrants": row["approved_registrants"],
                "attended_registrants": row["attended_registrants"],
                "attendance_rate_pct": percent(row["attendance_rate"]),
                "walk_ins": row["walk_ins"],
                "questions_asked": row["questions_asked"],
                "identified_askers": row["identified_askers"],
                "anonymous_qa_groups": row["anonymous_askers"],
                "qa_participation_pct": percent(row["qa_participation"]),
                "identified_poll_respondents": row["identified_poll_respondents"],
                "anonymous_poll_responses": row["anonymous_poll_responses"],
                "poll_participation_pct": percent(row["poll_participation"]),
                "mean_attended_seconds_per_person": times_60(row["mean_attended_minutes"]),
                "median_attended_seconds_per_person": times_60(row["median_attended_minutes"]),
            },
        )
        compared = {name: found[name] for name in expected}
        assert compared == pytest.approx(expected, abs=case.get("tol", 0.001)), case["id"]


def percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def times_60(minutes: float | None) -> float | None:
    return None if minutes is None else 60 * minutes


def test_chat(warehouse: Warehouse) -> None:
    for case in vectors("chat"):
        warehouse.clear()
        rows = [
            message(
                one["id"],
                one["sender"],
                one["ts"] / 1000,
                reply_to_message_id=one.get("reply_to"),
                reactions=[{"emoji": "U+1F600", "total_count": one["reactions"]}] if "reactions" in one else None,
                has_bot_markdown=one.get("is_bot"),
            )
            for one in case["messages"]
        ]
        rows += [message(one, "b", 900, event="edited") for one in case["edited_ids"]]
        rows += [message(one, "b", 901, event="deleted") for one in case["deleted_ids"]]
        warehouse.insert("zoom.chat_messages", rows)
        warehouse.run("zoom.chat_reactions")
        people = warehouse.run("engagement.chat_daily")
        threads = warehouse.run("engagement.chat_threads")
        messages = sum(row["messages"] for row in people)
        active = sum(row["messages"] > 0 for row in people)
        with_reaction = sum(row["messages_with_reaction"] for row in people)
        found = {
            "messages": messages,
            "active_senders": active,
            "messages_per_active_sender": messages / active,
            "threads_with_reply": len(threads),
            "first_response_ms": [row["first_response_seconds"] * 1000 for row in threads],
            "self_replies_ignored": sum(row["self_replies"] for row in threads),
            "messages_with_reaction": with_reaction,
            "reaction_rate": with_reaction / messages,
            "reactions_per_message": sum(row["reactions_received"] for row in people) / messages,
        }
        expected = case["expected"]
        assert found.keys() == expected.keys()
        assert found.pop("first_response_ms") == expected["first_response_ms"]
        assert found == pytest.approx({name: expected[name] for name in found}, abs=case["tol"])
        assert sum(row["deleted_messages"] for row in people) == len(case["deleted_ids"])
        assert sum(row["edited_messages"] for row in people) == len(case["edited_ids"])
        assert threads[0]["first_responded_at"] == at(90)
