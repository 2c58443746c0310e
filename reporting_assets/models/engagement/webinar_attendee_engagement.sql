-- How each attendee of a webinar took part: the share of time attended, and what they answered and asked of what they were
-- offered. Whoever ran the webinar is no attendee.
WITH
webinars AS (
    SELECT
        platform,
        meeting_uuid,
        struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope,
        actual_seconds,
        has_registration
    FROM core.webinars
    WHERE dt = $first_date
),
registered_addresses AS (
    -- Registrants whom Zoom lists as absent, but whose address somebody came with, did come.
    SELECT DISTINCT struct_pack(platform := 'zoom', meeting_uuid := webinar_uuid) AS scope, text_key(email) AS email
    FROM zoom.webinar_absentees
    WHERE dt = $first_date AND coalesce(lower(registration_status), 'approved') = 'approved'
),
sessions AS NOT MATERIALIZED (
    SELECT webinars.scope, sessions.*
    FROM core.participant_sessions AS sessions
    INNER JOIN webinars USING (platform, meeting_uuid)
    WHERE sessions.dt = $first_date
),
registrations AS (
    SELECT scope, person_key, count(DISTINCT registrant_id) AS registrations
    FROM sessions
    GROUP BY scope, person_key
),
addresses AS (
    -- An address belongs to one person of an instance only, a person may have several.
    SELECT DISTINCT scope, email, person_key FROM sessions WHERE email IS NOT NULL
),
late_registered AS (
    SELECT DISTINCT scope, person_key FROM addresses INNER JOIN registered_addresses USING (scope, email)
),
attendees AS (
    SELECT
        webinars.scope,
        webinars.actual_seconds,
        people.*,
        CASE WHEN webinars.has_registration
            THEN coalesce(people.is_registered, FALSE) OR late_registered.person_key IS NOT NULL
        END AS has_registered,
        -- Webex tells no registrations' ids, and an address found among the absentees is one.
        CASE WHEN has_registered THEN greatest(1, registrations.registrations) WHEN NOT has_registered THEN 0 END
            AS registrations
    FROM core.attendance AS people
    INNER JOIN webinars USING (platform, meeting_uuid)
    INNER JOIN registrations USING (scope, person_key)
    LEFT JOIN late_registered USING (scope, person_key)
    WHERE
        people.dt = $first_date
        AND people.is_host IS DISTINCT FROM TRUE
        -- Where registration was required, those of the account who did without it ran the webinar; others walked in.
        AND NOT coalesce(people.is_panelist AND people.is_internal AND late_registered.person_key IS NULL, FALSE)
),
poll_answers_given AS (
    SELECT
        struct_pack(platform := 'zoom', meeting_uuid := webinar_uuid) AS scope,
        poll_id,
        respondent_place,
        answer_place,
        text_key(email) AS email,
        question,
        answered_at
    FROM zoom.webinar_polls
    WHERE dt = $first_date
),
poll_answers AS (
    SELECT answers.*, addresses.person_key
    FROM numbered_questions('poll_answers_given') AS answers
    LEFT JOIN addresses USING (scope, email)
),
polls AS (
    -- In a poll that nobody answered by address, such as an anonymous one, nobody can be credited.
    SELECT
        scope,
        poll_place,
        count(DISTINCT question_place) AS questions,
        min(answered_at) AS first_answered_at,
        max(answered_at) AS last_answered_at
    FROM poll_answers
    GROUP BY scope, poll_place
    HAVING count(email) > 0
),
poll_offers AS (
    SELECT polls.scope, polls.poll_place, polls.questions, sessions.person_key
    FROM polls
    INNER JOIN sessions
        ON sessions.scope = polls.scope
        AND NOT sessions.is_waiting_room
        AND sessions.joined_at <= polls.last_answered_at
        AND sessions.stayed_until_at > polls.first_answered_at
    -- Whoever answered was there, whatever the joins say.
    UNION
    SELECT polls.scope, polls.poll_place, polls.questions, poll_answers.person_key
    FROM polls
    INNER JOIN poll_answers USING (scope, poll_place)
    WHERE poll_answers.person_key IS NOT NULL
),
poll_questions AS (
    SELECT scope, person_key, CAST(sum(questions) AS BIGINT) AS offered FROM poll_offers GROUP BY scope, person_key
),
polls_answered AS (
    SELECT scope, person_key, count(DISTINCT struct_pack(poll_place, question_place)) AS answered
    FROM poll_answers
    WHERE person_key IS NOT NULL
    GROUP BY scope, person_key
),
threads AS (
    SELECT struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope, person_key
    FROM engagement.qa_threads
    WHERE dt = $first_date AND is_webinar
),
discussions AS (
    -- No list says whether there was Q&A; a question of anybody's does.
    SELECT DISTINCT scope FROM threads
),
questions AS (
    SELECT scope, person_key, count(*) AS asked FROM threads WHERE person_key IS NOT NULL GROUP BY scope, person_key
),
survey_answers AS (
    SELECT
        struct_pack(platform := 'zoom', meeting_uuid := webinar_uuid) AS scope,
        coalesce(question_id, question, '') AS question_key,
        text_key(email) AS email
    FROM zoom.webinar_survey
    WHERE dt = $first_date
),
surveys AS (
    SELECT scope, count(DISTINCT question_key) AS questions FROM survey_answers GROUP BY scope HAVING count(email) > 0
),
surveys_answered AS (
    SELECT scope, person_key, count(DISTINCT question_key) AS answered
    FROM survey_answers
    INNER JOIN addresses USING (scope, email)
    GROUP BY scope, person_key
),
components AS (
    SELECT
        attendees.*,
        ratio(attendees.attended_seconds, attendees.actual_seconds) AS raw_share,
        -- `least` skips what is unknown.
        CASE WHEN raw_share IS NOT NULL THEN least(1.0, raw_share) END AS duration_share,
        poll_questions.offered AS poll_questions_offered,
        CASE WHEN poll_questions.offered IS NOT NULL THEN coalesce(polls_answered.answered, 0) END
            AS poll_questions_answered,
        ratio(poll_questions_answered, poll_questions_offered) AS poll_component,
        CASE WHEN discussions.scope IS NOT NULL THEN coalesce(questions.asked, 0) END AS questions_asked,
        CASE WHEN questions_asked IS NOT NULL THEN CAST(questions_asked > 0 AS DOUBLE) END AS qa_component,
        -- No report says who wrote in a webinar's chat.
        CAST(NULL AS DOUBLE) AS chat_component,
        surveys.questions AS survey_questions,
        CASE WHEN surveys.questions IS NOT NULL THEN coalesce(surveys_answered.answered, 0) END
            AS survey_questions_answered,
        ratio(survey_questions_answered, survey_questions) AS survey_component,
        coalesce(poll_questions_answered, 0) + coalesce(questions_asked, 0) + coalesce(survey_questions_answered, 0)
            AS interactions
    FROM attendees
    LEFT JOIN poll_questions USING (scope, person_key)
    LEFT JOIN polls_answered USING (scope, person_key)
    LEFT JOIN discussions USING (scope)
    LEFT JOIN questions USING (scope, person_key)
    LEFT JOIN surveys USING (scope)
    LEFT JOIN surveys_answered USING (scope, person_key)
),
places AS (
    SELECT
        *,
        CASE WHEN interactions > 0
            THEN dense_rank() OVER (PARTITION BY scope, interactions > 0 ORDER BY interactions DESC)
        END AS interaction_rank
    FROM components
)
SELECT
    platform,
    meeting_uuid,
    person_key,
    meeting_started_at,
    identity_method,
    identity_confidence,
    user_id,
    email,
    display_name,
    is_internal,
    has_registered AS is_registered,
    NOT has_registered AS is_walk_in,
    registrations,
    first_joined_at,
    join_count,
    attended_seconds,
    duration_share,
    poll_questions_offered,
    poll_questions_answered,
    poll_component,
    questions_asked,
    qa_component,
    chat_component,
    survey_questions,
    survey_questions_answered,
    survey_component,
    engagement_score_v1(duration_share, poll_component, qa_component, chat_component, survey_component)
        AS engagement_score,
    'v1' AS engagement_score_version,
    interactions,
    interaction_rank,
    CASE WHEN interactions = 0 THEN 0
    ELSE hubilo_rank_points(interaction_rank, max(interaction_rank) OVER (PARTITION BY scope), 100)
    END AS hubilo_rank_points,
    goto_interest_rating(
        NULL,
        100 * poll_component,
        100 * ratio(questions_asked, max(questions_asked) OVER (PARTITION BY scope)),
        100 * duration_share,
        100 * survey_component,
        100 * ratio(attended_seconds, max(attended_seconds) OVER (PARTITION BY scope))
    ) AS goto_interest_rating
FROM places
