"""The questions that the demo answers, each with its SQL over the catalogue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """What a person would ask, and the SQL that answers it."""

    text: str
    sql: str


QUESTIONS = (
    Question(
        "How much did we meet, day by day, and how many meetings ran at once at the peak?",
        """
        SELECT dt AS day, meetings, unique_participants AS people, person_minutes,
               peak_concurrent_meetings AS peak_meetings, strftime(peak_meetings_at, '%H:%M') AS peak_at_utc
        FROM utilization.account_daily ORDER BY dt DESC LIMIT 7
        """,
    ),
    Question(
        "Who hosted the most, of this month as far as it is here, and how much of people's time did a meeting take?",
        """
        SELECT coalesce(host_email, '(hidden)') AS host, department, meetings, unique_participants AS people,
               participant_joins AS joins, person_minutes_per_meeting AS person_min_per_meeting
        FROM utilization.host_monthly WHERE month = (SELECT max(month) FROM utilization.host_monthly)
        ORDER BY meetings DESC, people DESC, host LIMIT 5
        """,
    ),
    Question(
        "In which meetings did the most people come late?",
        """
        SELECT dt AS day, meeting_number AS meeting, unique_participants AS people, late_joiners AS late,
               100.0 * late_joiners / nullif(unique_participants, 0) AS late_pct, peak_concurrent_people AS peak
        FROM engagement.meeting_engagement ORDER BY late_joiners DESC, day, meeting LIMIT 5
        """,
    ),
)
