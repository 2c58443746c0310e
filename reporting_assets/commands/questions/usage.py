"""Questions about how much is met, by whom, and on which licences."""

from __future__ import annotations

from reporting_assets.commands.questions.question import Question

QUESTIONS = (
    Question(
        "How much did we meet, day by day, and how many meetings ran at once at the peak?",
        """
        SELECT dt AS day, platform, meetings, unique_participants AS people, person_minutes,
               peak_concurrent_meetings AS peak_meetings, strftime(peak_meetings_at, '%H:%M') AS peak_at_utc
        FROM utilization.account_daily ORDER BY dt DESC, platform LIMIT 9
        """,
        "`all` is the account over both vendors, beside them and never added to them. Meetings belong to the UTC day they "
        "started on, minutes to the clock.",
        in_demo=True,
    ),
    Question(
        "When did most people meet at once in the last quarter, and how many meetings was that?",
        """
        SELECT platform,
               max(peak_concurrent_attendees) AS peak_people,
               arg_max(peak_attendees_at, peak_concurrent_attendees) AS peak_people_at,
               max(peak_concurrent_meetings) AS peak_meetings,
               arg_max(peak_meetings_at, peak_concurrent_meetings) AS peak_meetings_at,
               count(*) AS days
        FROM utilization.account_daily
        WHERE dt > (SELECT max(dt) FROM utilization.account_daily) - INTERVAL 3 MONTH
        GROUP BY platform ORDER BY platform
        """,
        "A peak of days is their highest, never their sum or mean. The two peaks may be at different moments; mind `days` "
        "before calling it a quarter.",
    ),
    Question(
        "At what hour of our day do people meet?",
        """
        SELECT start_local_hour AS hour, count(*) FILTER (NOT is_webinar) AS meetings,
               count(*) FILTER (is_webinar) AS webinars,
               round(100 * count(*) / sum(count(*)) OVER (), 1) AS pct
        FROM core.meetings WHERE start_local_hour IS NOT NULL
        GROUP BY start_local_hour ORDER BY hour
        """,
        "Hours of the report time zone (REPORTING_TIMEZONE), right across the change of clocks; they are the hours in which "
        "meetings start.",
    ),
    Question(
        "Who hosted the most this month, and how much of people's time did a meeting take?",
        """
        SELECT coalesce(host_email, '(hidden)') AS host, department, meetings, unique_participants AS people,
               participant_joins AS joins, person_minutes_per_meeting AS person_min_per_meeting
        FROM utilization.host_monthly WHERE month = (SELECT max(month) FROM utilization.host_monthly)
        ORDER BY meetings DESC, people DESC, host LIMIT 5
        """,
        "The month as far as it is here. People are distinct, joins are not: rejoins and second devices count again.",
        in_demo=True,
    ),
    Question(
        "Which licences can we reclaim, and why?",
        """
        SELECT coalesce(email, user_key) AS user, department, license_use, last_hosted_at,
               coalesce(reclaim_reason, 'not known: ' || observed_days || ' of 90 days are here') AS reason
        FROM utilization.license_monthly
        WHERE month = (SELECT max(month) FROM utilization.license_monthly)
          AND coalesce(is_reclaim_candidate, license_use = 'none')
        ORDER BY is_reclaim_candidate NULLS LAST, last_hosted_at NULLS FIRST, user LIMIT 20
        """,
        "A candidate hosted nothing in 90 days and nothing beyond a Basic licence. Where fewer days are in the lake nobody "
        "can tell, and the reason says so: backfill before taking anything away.",
    ),
    Question(
        "Which departments use the licences they have?",
        """
        SELECT department, licensed_users, active_licensed_hosts,
               round(100 * host_utilization_rate, 1) AS used_pct, reclaim_candidates,
               round(person_minutes_per_license / 60, 1) AS person_hours_per_license
        FROM utilization.department_monthly
        WHERE month = (SELECT max(month) FROM utilization.department_monthly) AND licensed_users > 0
        ORDER BY host_utilization_rate, licensed_users DESC, department
        """,
        "Used means: hosted a meeting or webinar this month. `unknown` holds whoever has no department, so that the rows add "
        "up to the account.",
    ),
    Question(
        "How many of us are active in a day, a week and a month?",
        """
        SELECT platform, local_date AS date, dau, wau, mau, mau_dates, round(100 * stickiness_rate, 1) AS stickiness_pct
        FROM utilization.account_daily
        WHERE dt = (SELECT max(dt) FROM utilization.account_daily) ORDER BY platform
        """,
        "Users of the account alone, who attended, hosted or wrote; a month is 28 dates, of which `mau_dates` are in the lake. "
        "They are distinct people, so days do not add up.",
    ),
    Question(
        "Who of us has not attended anything this month?",
        """
        WITH latest AS (SELECT max(month) AS month FROM core.people),
        users AS (
            SELECT users.*, EXISTS (
                FROM core.people AS people
                WHERE people.month = users.month AND people.meetings_attended + people.webinars_attended > 0
                  AND (people.user_id = users.user_id OR people.email = users.email)
            ) AS has_attended
            FROM core.users AS users JOIN latest USING (month) WHERE users.is_current
        )
        SELECT status, coalesce(department, '(none)') AS department, count(*) AS users,
               count(*) FILTER (NOT has_attended) AS absent,
               list(coalesce(email, user_key) ORDER BY email, user_key) FILTER (NOT has_attended) AS who
        FROM users GROUP BY ALL ORDER BY status, absent DESC, department
        """,
        "Attended on Zoom or Webex, known by id or address: who joins by telephone or as a guest may be missed, so look at the "
        "coverage of the month and ask before concluding.",
    ),
    Question(
        "How does Webex compare with Zoom?",
        """
        SELECT month, platform, meetings, round(100 * meeting_share_rate, 1) AS meetings_pct, active_hosts,
               unique_participants_identified AS people, round(100 * person_minute_share_rate, 1) AS person_minutes_pct,
               round(mean_meeting_minutes, 1) AS minutes_per_meeting
        FROM utilization.account_monthly ORDER BY month DESC, platform LIMIT 12
        """,
        "Both vendors are counted by the same SQL from their joins. People on both count once under `all`, so it is less than "
        "the sum.",
    ),
    Question(
        "Which features do meetings use?",
        """
        SELECT platform, feature, meetings_with_feature, meetings_known, round(100 * meeting_adoption_rate, 1) AS pct,
               adopting_hosts AS hosts
        FROM utilization.feature_adoption_monthly
        WHERE month = (SELECT max(month) FROM utilization.feature_adoption_monthly) AND meetings_known > 0
        ORDER BY platform, meeting_adoption_rate DESC, feature
        """,
        "Shares are of the meetings whose report says whether the feature was used; one use by one person counts.",
    ),
    Question(
        "Do these figures agree with what the vendor itself reports?",
        """
        SELECT month, platform, meetings, vendor_meetings, round(100 * meetings_difference_rate, 1) AS meetings_diff_pct,
               person_minutes, vendor_person_minutes, round(100 * person_minutes_difference_rate, 1) AS minutes_diff_pct
        FROM utilization.account_monthly WHERE platform <> 'all' ORDER BY month DESC, platform
        """,
        "Differences are NULL until every day of the month is here. Zoom counts devices and waiting rooms and cuts days in "
        "another zone, Webex counts begun minutes, so small ones are right; `platform.known_breaks` lists the days on which a "
        "vendor changed a formula.",
    ),
)
