"""Questions about meetings, webinars and chat as people take part in them."""

from __future__ import annotations

from reporting_assets.commands.questions.question import Question

QUESTIONS = (
    Question(
        "How late do meetings start?",
        """
        WITH arrivals AS (
            SELECT platform, meeting_uuid, meeting_started_at,
                   quantile_disc(first_joined_at, 0.5) AS half_there_at
            FROM core.attendance WHERE NOT is_webinar AND first_joined_at IS NOT NULL GROUP BY ALL HAVING count(*) > 1
        )
        SELECT coalesce(host_department, '(unknown)') AS department, count(*) AS meetings,
               round(median(date_diff('second', meeting_started_at, half_there_at)) / 60, 1) AS half_there_after_min,
               count(host_start_delay_seconds) AS with_schedule,
               round(median(host_start_delay_seconds) / 60, 1) AS median_delay_min,
               round(quantile_cont(host_start_delay_seconds, 0.9) / 60, 1) AS p90_delay_min
        FROM engagement.meeting_engagement JOIN arrivals USING (platform, meeting_uuid)
        GROUP BY department ORDER BY half_there_after_min DESC, department
        """,
        "Half there: minutes from the opening until half of all who came were in. The delay is against the schedule, which "
        "Zoom tells in its reports per host alone (ZOOM_MEETINGS_FROM=hosts), and is negative before the hour. Percentiles are "
        "of meetings: never average them.",
    ),
    Question(
        "In which meetings did the most people come late?",
        """
        SELECT dt AS day, meeting_number AS meeting, unique_participants AS people, late_joiners AS late,
               100.0 * late_joiners / nullif(unique_participants, 0) AS late_pct, peak_concurrent_people AS peak
        FROM engagement.meeting_engagement
        ORDER BY late_joiners DESC NULLS LAST, day, platform, meeting LIMIT 5
        """,
        "Late is more than five minutes (REPORTING_LATE_GRACE_SECONDS) after the scheduled start, or the actual one if there "
        "is none.",
        in_demo=True,
    ),
    Question(
        "Which recurring meetings take the most of people's time, and do the same people come back?",
        """
        SELECT platform, coalesce(meeting_number, series_key) AS series, instances,
               round(attended_minutes / 60, 1) AS person_hours, round(mean_participants, 1) AS mean_people,
               regular_participants AS regulars, returning_participants AS returning,
               round(100 * late_share, 1) AS late_pct
        FROM engagement.series_monthly
        WHERE month = (SELECT max(month) FROM engagement.series_monthly) AND instances > 1 AND NOT is_webinar
        ORDER BY attended_minutes DESC NULLS LAST, series LIMIT 10
        """,
        "Regulars came to more than half of the instances. Many hours with few regulars is a meeting that people are invited "
        "to rather than one they need.",
    ),
    Question(
        "Which webinars lost people, and when?",
        """
        SELECT dt AS day, meeting_number AS webinar, unique_attendees AS attendees,
               peak_concurrent_attendees AS peak, strftime(peak_attendees_at, '%H:%M') AS peak_at_utc,
               round(100 * present_at_first_quarter_share, 1) AS at_quarter_pct,
               round(100 * present_at_half_share, 1) AS at_half_pct,
               round(100 * present_at_third_quarter_share, 1) AS at_three_quarters_pct
        FROM engagement.webinar_engagement WHERE unique_attendees > 0
        ORDER BY present_at_third_quarter_share - present_at_first_quarter_share NULLS LAST, day, webinar LIMIT 10
        """,
        "Shares of all who ever attended. A drop between two columns is when they left; a low first one means that people came "
        "late.",
    ),
    Question(
        "How many registered for our webinars, and how many of them came?",
        """
        SELECT dt AS day, platform, meeting_number AS webinar, approved_registrants AS registered,
               attended_registrants AS came, no_shows, round(100 * attendance_rate, 1) AS came_pct, walk_ins
        FROM engagement.webinar_engagement WHERE has_registration ORDER BY approved_registrants DESC, day, webinar LIMIT 10
        """,
        "Walk-ins came without a registration and are in no rate. Registrants of a recurring webinar may count for each "
        "instance, so do not add them up.",
    ),
    Question(
        "How engaged were webinar audiences?",
        """
        SELECT dt AS day, meeting_number AS webinar, unique_attendees AS attendees,
               round(100 * poll_response_rate, 1) AS poll_pct, questions_asked,
               round(100 * answered_share, 1) AS answered_pct,
               round(median_answer_latency_seconds / 60, 1) AS median_answer_min,
               round(engagement_score_mean, 1) AS score, engagement_score_version AS score_version
        FROM engagement.webinar_engagement WHERE unique_attendees > 0
        ORDER BY engagement_score_mean DESC NULLS LAST, day, webinar LIMIT 10
        """,
        "NULL is unknown (no poll, no questions, Webex), not 0. Compare scores of one version alone; audiences below five have "
        "none.",
    ),
    Question(
        "Which questions of attendees stayed unanswered?",
        """
        SELECT dt AS day, platform, is_webinar, count(*) AS questions, count(*) FILTER (NOT is_answered) AS unanswered,
               count(*) FILTER (is_anonymous) AS anonymous,
               round(median(first_answer_seconds) / 60, 1) AS median_answer_min
        FROM engagement.qa_threads GROUP BY ALL ORDER BY unanswered DESC, day, platform, is_webinar LIMIT 10
        """,
        "Their words are in `question` where the privacy policy keeps content. Answers given aloud count as answered, without "
        "a time.",
    ),
    Question(
        "How fast are chat threads answered?",
        """
        SELECT session_type, count(*) AS threads, count(first_response_seconds) AS answered,
               round(median(first_response_seconds) / 60, 1) AS median_min,
               round(quantile_cont(first_response_seconds, 0.9) / 60, 1) AS p90_min
        FROM engagement.chat_threads GROUP BY session_type ORDER BY session_type
        """,
        "From a message to the first reply of somebody else, bots left out; a thread answered on an earlier day has its time "
        "there. Nobody's reading is known.",
    ),
)
