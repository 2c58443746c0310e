"""Contracts of how webinars were attended and taken part in, in schema `engagement`: per webinar and per attendee.

Not here: the answers and questions themselves (`engagement_answers`) and registrations as reported (`core_series`).
"""

from __future__ import annotations

from reporting_assets.contracts.core import (
    EMAIL,
    IDENTITY_CONFIDENCE,
    IDENTITY_METHOD,
    IS_INTERNAL,
    MEETING_NUMBER,
    MEETING_STARTED_AT,
    MEETING_UUID,
    PERSON_KEY,
    PLATFORM,
    USER_ID,
)
from reporting_assets.contracts.model import (
    Additivity,
    Column,
    Expectation,
    Input,
    Partition,
    Personal,
    Table,
    Type,
)


def _count(name: str, meaning: str, unit: str, additivity: Additivity = Additivity.NONE) -> Column:
    return Column(name, Type.INTEGER, meaning, unit=unit, additivity=additivity)


def _number(name: str, meaning: str, unit: str, additivity: Additivity = Additivity.NONE) -> Column:
    return Column(name, Type.NUMBER, meaning, unit=unit, additivity=additivity)


def _share(name: str, meaning: str) -> Column:
    return _number(name, meaning, "share, 0 to 1")


def _points(name: str, meaning: str) -> Column:
    return _number(name, meaning, "points, 0 to 100")


_VERSION = Column("engagement_score_version", Type.TEXT, "Version of the score: `v1`.", required=True)
_BETWEEN_0_AND_1 = "coalesce({0} BETWEEN 0 AND 1, TRUE)"


def _are_shares(*names: str) -> str:
    return " AND ".join(_BETWEEN_0_AND_1.format(name) for name in names)


WEBINAR_ATTENDEE_ENGAGEMENT = Table(
    schema="engagement",
    name="webinar_attendee_engagement",
    grain="One row per attendee of a webinar instance that started on the UTC day.",
    about=(
        "Attendees are the people of `core.attendance` but the host and, where registration was required, those of the "
        "account who did without it: they ran the webinar. The score is 50 × the share of the webinar attended + 50 × the "
        "mean of the components offered; each stands in a column, so that it can be weighed otherwise. A component is "
        "NULL where it was not offered to the person: no poll was launched while they were there, nobody asked anything, "
        "nobody answered the survey, or a form was anonymous. It has nothing to do with attention, which no report tells."
    ),
    partition=Partition.DAY,
    key=("platform", "meeting_uuid", "person_key"),
    inputs=(
        Input("core.webinars"),
        Input("core.attendance"),
        Input("core.participant_sessions"),
        Input("engagement.qa_threads"),
        Input("zoom.webinar_absentees", is_optional=True),
        Input("zoom.webinar_polls", is_optional=True),
        Input("zoom.webinar_survey", is_optional=True),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        MEETING_UUID,
        PERSON_KEY,
        MEETING_STARTED_AT,
        IDENTITY_METHOD,
        IDENTITY_CONFIDENCE,
        USER_ID,
        EMAIL,
        Column("display_name", Type.TEXT, "Name as shown on the person's first join.", personal=Personal.IDENTITY),
        IS_INTERNAL,
        Column(
            "is_registered",
            Type.BOOLEAN,
            "Whether the person had registered, by registration or by an address that had; NULL where no registration is known.",
        ),
        Column("is_walk_in", Type.BOOLEAN, "Whether the person came without registering; NULL as above."),
        _count("registrations", "Registrations the person came with; NULL as above.", "registrations", Additivity.SUM),
        Column("first_joined_at", Type.TIMESTAMP, "First join.", required=True),
        _count("join_count", "Joins; rejoins and further devices count again.", "joins", Additivity.SUM),
        _count("attended_seconds", "Time inside, each moment once.", "seconds", Additivity.SUM),
        _share("duration_share", "Time inside per length of the webinar, at most 1; NULL while its end is unknown."),
        _count(
            "poll_questions_offered",
            "Questions of polls that were answered while the person was inside, anonymous polls left out.",
            "questions",
            Additivity.SUM,
        ),
        _count("poll_questions_answered", "Those the person answered.", "questions", Additivity.SUM),
        _share("poll_component", "Poll questions answered per question offered."),
        _count("questions_asked", "Questions put into Q&A under the person's name.", "questions", Additivity.SUM),
        _share("qa_component", "1 if the person asked anything, else 0."),
        _share("chat_component", "NULL: no report says who wrote in a webinar's chat."),
        _count("survey_questions", "Questions of the survey that anybody answered.", "questions"),
        _count(
            "survey_questions_answered",
            "Those in the person's entry, blank ones included: texts are not always stored.",
            "questions",
            Additivity.SUM,
        ),
        _share("survey_component", "Survey questions answered per question."),
        _points("engagement_score", "50 × duration_share + 50 × mean of the components that are not NULL."),
        _VERSION,
        _count(
            "interactions",
            "Poll questions answered, questions asked and survey questions answered.",
            "interactions",
            Additivity.SUM,
        ),
        _count("interaction_rank", "Place by interactions among the attendees, from 1; NULL for none.", "place"),
        _points(
            "hubilo_rank_points",
            "Points for that place as Hubilo gives them for one activity: 100 for the first, an equal step less for each after it, 0 for none.",
        ),
        _points(
            "goto_interest_rating",
            (
                "GoTo Webinar's published rating with the share attended in place of attention, and without registration "
                "questions, which Zoom does not report of attendees."
            ),
        ),
    ),
    expectations=(
        Expectation(
            "score_within_bounds",
            "coalesce(engagement_score BETWEEN 0 AND 100, TRUE)",
            "The score lies between 0 and 100.",
            blocking=True,
        ),
        Expectation(
            "components_are_shares",
            _are_shares("duration_share", "poll_component", "qa_component", "survey_component"),
            "Components lie between 0 and 1.",
            blocking=True,
        ),
        Expectation(
            "registered_or_walked_in",
            "is_registered IS NULL OR is_registered <> is_walk_in",
            "Whoever did not register walked in.",
            blocking=True,
        ),
    ),
)

WEBINAR_ENGAGEMENT = Table(
    schema="engagement",
    name="webinar_engagement",
    grain="One row per webinar instance of either vendor that started on the UTC day.",
    about=(
        "From `core.webinars` and `engagement.webinar_attendee_engagement`: people, never joins. Attendees exclude whoever "
        "ran the webinar. Registrants of a recurring webinar may count for each instance, so they do not add up over "
        "instances. Where no report tells a figure it is NULL, not 0: without joins, where no registration, question or "
        "survey answer is known, and on Webex for polls, Q&A and surveys. Scores of fewer than 5 attendees are not shown."
    ),
    partition=Partition.DAY,
    key=("platform", "meeting_uuid"),
    inputs=(
        Input("core.webinars"),
        Input("core.participant_sessions"),
        Input("engagement.webinar_attendee_engagement"),
        Input("engagement.poll_results"),
        Input("engagement.qa_threads"),
        Input("zoom.webinar_polls", is_optional=True),
        Input("zoom.webinar_survey", is_optional=True),
    ),
    row_floor=0,
    columns=(
        PLATFORM,
        MEETING_UUID,
        MEETING_NUMBER,
        Column("logical_meeting_key", Type.TEXT, "The logical webinar, as in `core.meetings`.", required=True),
        Column("host_key", Type.TEXT, "The host, as in `core.meetings`.", personal=Personal.IDENTITY),
        Column("host_department", Type.TEXT, "The host's department."),
        Column("started_at", Type.TIMESTAMP, "When the instance started.", required=True),
        Column("start_local_date", Type.DATE, "Date on which it started in the report time zone.", required=True),
        Column("is_final", Type.BOOLEAN, "Whether its end is known; until then figures may grow.", required=True),
        _count("actual_seconds", "From start to end; NULL while the end is unknown.", "seconds", Additivity.SUM),
        Column("has_participant_rows", Type.BOOLEAN, "Whether any join is known.", required=True),
        Column("has_registration", Type.BOOLEAN, "TRUE where registrations are known, else NULL."),
        _count("approved_registrants", "Approved registrations, of those who came and of absentees.", "registrations"),
        _count(
            "attended_registrants",
            "Those that somebody spent time inside with; on Webex people who had registered.",
            "registrations",
        ),
        _count("no_shows", "The others; NULL where more came than the vendor says had registered.", "registrations"),
        _count(
            "vendor_absentees",
            "Registrations in Zoom's own list of absentees; NULL where it is empty.",
            "registrations",
        ),
        _share("attendance_rate", "`attended_registrants / approved_registrants`; NULL as `no_shows` is."),
        _share("no_show_rate", "`1 - attendance_rate`."),
        _count("walk_ins", "Attendees without a registration where registrations are known.", "people"),
        _count(
            "unique_attendees",
            "People who joined, however often, but those who ran it; guests without a name count once per join.",
            "people",
        ),
        _count("unique_attendees_identified", "Those known by user id, registration or address.", "people"),
        _count("join_count", "Their joins.", "joins", Additivity.SUM),
        _number("attended_minutes", "Their time inside, summed over people.", "minutes", Additivity.SUM),
        _number("mean_attended_minutes", "Mean over attendees inside longer than 0 s.", "minutes"),
        _number("median_attended_minutes", "Median over attendees inside longer than 0 s.", "minutes"),
        _count("peak_concurrent_attendees", "Most attendees there at once.", "people", Additivity.MAX),
        Column("peak_attendees_at", Type.TIMESTAMP, "First moment that many were there."),
        *(
            _share(name, f"Attendees there {when} per attendee who was there longer than 0 s.")
            for name, when in (
                ("present_at_first_quarter_share", "a quarter through"),
                ("present_at_half_share", "half through"),
                ("present_at_third_quarter_share", "three quarters through"),
            )
        ),
        _count(
            "polls_answered",
            "Polls that anybody answered; NULL where none is known and the list does not say that there was none.",
            "polls",
            Additivity.SUM,
        ),
        _count("identified_poll_respondents", "Addresses that answered a poll; NULL as above.", "people"),
        _count(
            "anonymous_poll_responses",
            "Answers to polls without an address; NULL as above.",
            "answers",
            Additivity.SUM,
        ),
        _share("poll_participation", "Attendees who answered a poll by address, per attendee; NULL as above."),
        _share("poll_response_rate", "Respondents per person present, summed over polls; anonymous ones included."),
        _count("questions_asked", "Questions put into Q&A; NULL where none is known.", "questions", Additivity.SUM),
        _count("anonymous_questions", "Those whose asker is not known.", "questions", Additivity.SUM),
        _count(
            "anonymous_askers",
            "Entries of the report without identity; one person may stand behind several.",
            "entries",
        ),
        _count("identified_askers", "Attendees who asked.", "people"),
        _share("qa_participation", "Attendees who asked, per attendee; NULL where no question is known."),
        _count("questions_answered", "Questions answered, written or spoken.", "questions", Additivity.SUM),
        _count("questions_answered_live", "Those with a spoken answer.", "questions", Additivity.SUM),
        _share("answered_share", "Questions answered per question asked."),
        _number("median_answer_latency_seconds", "Median from a question to its first answer.", "seconds"),
        _count(
            "identified_survey_respondents",
            "Addresses that answered the survey; NULL where no answer is known.",
            "people",
        ),
        _count("anonymous_survey_respondents", "Entries of the survey without an address; NULL as above.", "entries"),
        _share("survey_participation", "Attendees who answered the survey, per attendee; NULL as above."),
        _count("scored_attendees", "Attendees with a score.", "people"),
        _points(
            "engagement_score_mean",
            "Mean of the attendees' scores; NULL for fewer than 5 attendees.",
        ),
        _points("engagement_score_median", "Median of the attendees' scores; NULL as above."),
        _share("engaged_attendee_share", "Attendees with a score of 60 or more, per attendee with one; NULL as above."),
        _VERSION,
    ),
    expectations=(
        Expectation(
            "shares_are_shares",
            _are_shares(
                "poll_participation", "poll_response_rate", "qa_participation", "answered_share", "survey_participation"
            )
            + " AND "
            + _are_shares("engaged_attendee_share"),
            "Shares lie between 0 and 1.",
            blocking=True,
        ),
        Expectation(
            "attended_within_approved",
            "platform <> 'zoom' OR attended_registrants IS NULL OR attended_registrants <= approved_registrants",
            "No more registrants come than registered; on Webex one who is not recognised again counts twice.",
        ),
        Expectation(
            "absentees_within_no_shows",
            "vendor_absentees IS NULL OR no_shows IS NULL OR vendor_absentees <= no_shows",
            "Whom Zoom lists as absent did not come; else somebody came with a registrant's address, unregistered.",
        ),
        Expectation(
            "identified_within_unique",
            "unique_attendees IS NULL OR unique_attendees_identified <= unique_attendees",
            "Identified people are some of all people.",
            blocking=True,
        ),
        Expectation(
            "people_within_joins",
            "unique_attendees IS NULL OR unique_attendees <= join_count",
            "There are no more people than joins.",
            blocking=True,
        ),
        Expectation(
            "peak_within_people",
            "unique_attendees IS NULL OR peak_concurrent_attendees <= unique_attendees",
            "No more people are there at once than there are people.",
            blocking=True,
        ),
        Expectation(
            "attended_within_webinar",
            "attended_minutes IS NULL OR actual_seconds IS NULL OR attended_minutes <= unique_attendees * (actual_seconds / 60 + 1)",
            "Nobody attends longer than the webinar lasts, give or take a minute.",
        ),
        Expectation("participants_known", "has_participant_rows", "Joins are known for every webinar."),
    ),
)

TABLES = (WEBINAR_ATTENDEE_ENGAGEMENT, WEBINAR_ENGAGEMENT)
