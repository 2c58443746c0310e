-- How each webinar was attended and taken part in. Whoever ran it is no attendee; who cannot be identified is counted
-- apart and in no share of attendees. Figures of what no report tells are NULL, not 0.
WITH
webinars AS (
    SELECT
        *,
        struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope,
        -- A list that counts nobody says as much as the joins would.
        has_participant_rows OR vendor_participant_joins = 0 AS has_known_people
    FROM core.webinars
    WHERE dt = $first_date
),
attendees AS NOT MATERIALIZED (
    SELECT *, struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope
    FROM engagement.webinar_attendee_engagement
    WHERE dt = $first_date
),
sessions AS NOT MATERIALIZED (
    SELECT *, struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope
    FROM core.participant_sessions
    WHERE dt = $first_date AND is_webinar
),
people AS (
    SELECT
        scope,
        count(*) AS unique_attendees,
        count(*) FILTER (WHERE identity_confidence = 'strong') AS unique_attendees_identified,
        CAST(sum(join_count) AS BIGINT) AS join_count,
        CAST(sum(attended_seconds) AS BIGINT) AS attended_seconds,
        count(*) FILTER (WHERE attended_seconds > 0) AS people_inside,
        median(attended_seconds) FILTER (WHERE attended_seconds > 0) AS median_attended_seconds,
        CAST(sum(registrations) FILTER (WHERE attended_seconds > 0) AS BIGINT) AS attended_registrants,
        count(*) FILTER (WHERE is_walk_in) AS walk_ins,
        count(*) FILTER (WHERE poll_questions_answered > 0) AS poll_respondents,
        count(*) FILTER (WHERE questions_asked > 0) AS askers,
        count(*) FILTER (WHERE survey_questions_answered > 0) AS survey_respondents,
        count(engagement_score) AS scored_attendees,
        exact_mean(engagement_score) AS score_mean,
        median(engagement_score) AS score_median,
        ratio(count(*) FILTER (WHERE engagement_score >= $engaged_score), count(engagement_score)) AS engaged_share
    FROM attendees
    GROUP BY scope
),
stays AS (
    SELECT sessions.scope, sessions.person_key AS member, sessions.joined_at AS begins_at, sessions.stayed_until_at AS ends_at
    FROM sessions
    SEMI JOIN attendees USING (scope, person_key)
    WHERE NOT sessions.is_waiting_room
),
presences AS (
    FROM merged_spans('stays', INTERVAL 0 SECOND)
),
peaks AS (
    FROM peak_concurrency('presences')
),
moments AS (
    -- A quarter, half and three quarters through, to see when a webinar lost its audience.
    SELECT
        presences.scope,
        count(*) FILTER (WHERE begins_at <= first_quarter_at AND ends_at > first_quarter_at) AS at_first_quarter,
        count(*) FILTER (WHERE begins_at <= half_at AND ends_at > half_at) AS at_half,
        count(*) FILTER (WHERE begins_at <= third_quarter_at AND ends_at > third_quarter_at) AS at_third_quarter
    FROM presences
    INNER JOIN (
        SELECT
            scope,
            started_at + to_microseconds(actual_seconds * 250_000) AS first_quarter_at,
            started_at + to_microseconds(actual_seconds * 500_000) AS half_at,
            started_at + to_microseconds(actual_seconds * 750_000) AS third_quarter_at
        FROM webinars
    ) USING (scope)
    GROUP BY presences.scope
),
poll_answers AS (
    SELECT
        struct_pack(platform := 'zoom', meeting_uuid := webinar_uuid) AS scope,
        count(*) FILTER (WHERE text_key(email) IS NULL) AS anonymous_poll_responses,
        count(DISTINCT text_key(email)) AS identified_poll_respondents
    FROM zoom.webinar_polls
    WHERE dt = $first_date
    GROUP BY ALL
),
polls AS (
    -- The rows of one poll repeat its figures.
    SELECT
        scope,
        count(*) AS polls,
        CAST(sum(poll_respondents) AS BIGINT) AS responses,
        CAST(sum(people_present) AS BIGINT) AS people_asked
    FROM (
        SELECT DISTINCT
            struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope,
            poll_place,
            -- More answered than were there where the report hides who left.
            CASE WHEN people_present IS NOT NULL THEN least(poll_respondents, people_present) END AS poll_respondents,
            people_present
        FROM engagement.poll_results
        WHERE dt = $first_date AND is_webinar
    )
    GROUP BY scope
),
threads AS (
    SELECT
        struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope,
        count(*) AS questions_asked,
        count(*) FILTER (WHERE is_anonymous) AS anonymous_questions,
        count(DISTINCT asker_place) FILTER (WHERE is_anonymous) AS anonymous_askers,
        count(*) FILTER (WHERE is_answered) AS questions_answered,
        count(*) FILTER (WHERE is_answered_live) AS questions_answered_live,
        median(first_answer_seconds) AS median_answer_seconds
    FROM engagement.qa_threads
    WHERE dt = $first_date AND is_webinar
    GROUP BY ALL
),
survey_answers AS (
    SELECT
        struct_pack(platform := 'zoom', meeting_uuid := webinar_uuid) AS scope,
        count(DISTINCT text_key(email)) AS identified_survey_respondents,
        count(DISTINCT respondent_place) FILTER (WHERE text_key(email) IS NULL) AS anonymous_survey_respondents
    FROM zoom.webinar_survey
    WHERE dt = $first_date
    GROUP BY ALL
)
SELECT
    webinars.platform,
    webinars.meeting_uuid,
    webinars.meeting_number,
    webinars.logical_meeting_key,
    webinars.host_key,
    webinars.host_department,
    webinars.started_at,
    webinars.start_local_date,
    webinars.is_final,
    webinars.actual_seconds,
    webinars.has_participant_rows,
    webinars.has_registration,
    webinars.registrants AS approved_registrants,
    CASE WHEN webinars.has_registration AND webinars.has_known_people THEN coalesce(people.attended_registrants, 0) END
        AS attended_registrants,
    -- Webex tells one number of registrants, and joins without an address of their own may be told as more people.
    CASE WHEN attended_registrants <= approved_registrants THEN approved_registrants - attended_registrants END AS no_shows,
    webinars.vendor_absentees,
    ratio(approved_registrants - no_shows, approved_registrants) AS attendance_rate,
    1 - attendance_rate AS no_show_rate,
    CASE WHEN webinars.has_registration AND webinars.has_known_people THEN coalesce(people.walk_ins, 0) END AS walk_ins,
    CASE WHEN webinars.has_known_people THEN coalesce(people.unique_attendees, 0) END AS unique_attendees,
    CASE WHEN webinars.has_known_people THEN coalesce(people.unique_attendees_identified, 0) END
        AS unique_attendees_identified,
    CASE WHEN webinars.has_known_people THEN coalesce(people.join_count, 0) END AS join_count,
    CASE WHEN webinars.has_known_people THEN coalesce(people.attended_seconds, 0) / 60 END AS attended_minutes,
    ratio(people.attended_seconds, people.people_inside) / 60 AS mean_attended_minutes,
    people.median_attended_seconds / 60 AS median_attended_minutes,
    CASE WHEN webinars.has_known_people THEN coalesce(peaks.peak, 0) END AS peak_concurrent_attendees,
    peaks.peak_at AS peak_attendees_at,
    ratio(moments.at_first_quarter, people.people_inside) AS present_at_first_quarter_share,
    ratio(moments.at_half, people.people_inside) AS present_at_half_share,
    ratio(moments.at_third_quarter, people.people_inside) AS present_at_third_quarter_share,
    -- A list that says that there was no poll makes it 0; one that says that there was, and no answer, makes it unknown.
    coalesce(polls.polls, CASE WHEN NOT webinars.has_poll THEN 0 END) AS polls_answered,
    CASE WHEN polls_answered IS NOT NULL THEN coalesce(poll_answers.identified_poll_respondents, 0) END
        AS identified_poll_respondents,
    CASE WHEN polls_answered IS NOT NULL THEN coalesce(poll_answers.anonymous_poll_responses, 0) END
        AS anonymous_poll_responses,
    CASE WHEN polls_answered IS NOT NULL THEN ratio(people.poll_respondents, people.unique_attendees) END
        AS poll_participation,
    ratio(polls.responses, polls.people_asked) AS poll_response_rate,
    threads.questions_asked,
    threads.anonymous_questions,
    threads.anonymous_askers,
    CASE WHEN threads.questions_asked IS NOT NULL THEN coalesce(people.askers, 0) END AS identified_askers,
    CASE WHEN threads.questions_asked IS NOT NULL THEN ratio(people.askers, people.unique_attendees) END
        AS qa_participation,
    threads.questions_answered,
    threads.questions_answered_live,
    ratio(threads.questions_answered, threads.questions_asked) AS answered_share,
    threads.median_answer_seconds AS median_answer_latency_seconds,
    survey_answers.identified_survey_respondents,
    survey_answers.anonymous_survey_respondents,
    CASE WHEN survey_answers.scope IS NOT NULL THEN ratio(people.survey_respondents, people.unique_attendees) END
        AS survey_participation,
    coalesce(people.scored_attendees, 0) AS scored_attendees,
    -- About fewer people than this, a score would tell of persons.
    CASE WHEN people.scored_attendees >= $score_least_people THEN people.score_mean END AS engagement_score_mean,
    CASE WHEN people.scored_attendees >= $score_least_people THEN people.score_median END AS engagement_score_median,
    CASE WHEN people.scored_attendees >= $score_least_people THEN people.engaged_share END AS engaged_attendee_share,
    'v1' AS engagement_score_version
FROM webinars
LEFT JOIN people USING (scope)
LEFT JOIN peaks USING (scope)
LEFT JOIN moments USING (scope)
LEFT JOIN poll_answers USING (scope)
LEFT JOIN polls USING (scope)
LEFT JOIN threads USING (scope)
LEFT JOIN survey_answers USING (scope)
