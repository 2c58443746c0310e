-- Questions put into Q&A, with who asked, whether and how soon they were answered.
WITH
questions AS (
    SELECT
        * EXCLUDE (meeting_uuid, meeting_started_at, meeting_number),
        meeting_uuid,
        meeting_started_at,
        FALSE AS is_webinar
    FROM zoom.meeting_qa
    WHERE dt = $first_date
    UNION ALL BY NAME
    SELECT
        * EXCLUDE (webinar_uuid, webinar_started_at, webinar_number),
        webinar_uuid AS meeting_uuid,
        webinar_started_at AS meeting_started_at,
        TRUE AS is_webinar
    FROM zoom.webinar_qa
    WHERE dt = $first_date
),
people AS (
    -- A key belongs to one person of an instance only.
    SELECT DISTINCT platform, meeting_uuid, 'u:' || user_id AS known_as, person_key
    FROM core.participant_sessions
    WHERE dt = $first_date AND user_id IS NOT NULL
    UNION ALL
    SELECT DISTINCT platform, meeting_uuid, 'e:' || email AS known_as, person_key
    FROM core.participant_sessions
    WHERE dt = $first_date AND email IS NOT NULL
),
threads AS (
    SELECT
        'zoom' AS platform,
        meeting_uuid,
        asker_place,
        question_place,
        meeting_started_at,
        is_webinar,
        question_id,
        'u:' || nullif(trim(user_id), '') AS user_key,
        'e:' || text_key(email) AS email_key,
        asked_at,
        question_status,
        question,
        -- What others of the audience comment is no answer.
        list_filter(
            coalesce(answers, []), lambda reply: reply.answer_type IS DISTINCT FROM 'participant_commented'
        ) AS replies,
        len(coalesce(answers, [])) AS entries
    FROM questions
)
SELECT
    threads.platform,
    threads.meeting_uuid,
    threads.asker_place,
    threads.question_place,
    threads.meeting_started_at,
    threads.is_webinar,
    threads.question_id,
    threads.question,
    coalesce(by_user.person_key, by_email.person_key, threads.user_key, threads.email_key) AS person_key,
    threads.user_key IS NULL AND threads.email_key IS NULL AS is_anonymous,
    coalesce(by_user.person_key, by_email.person_key) IS NOT NULL AS is_asker_inside,
    threads.asked_at,
    threads.question_status,
    coalesce(threads.question_status = 'answered', FALSE) OR len(threads.replies) > 0 AS is_answered,
    len(
        list_filter(
            threads.replies, lambda reply: reply.answer_type = 'host_answered' OR reply.content = 'live answered'
        )
    ) > 0 AS is_answered_live,
    list_min(list_transform(threads.replies, lambda reply: reply.answered_at)) AS first_answered_at,
    CASE WHEN first_answered_at >= threads.asked_at THEN seconds_between(threads.asked_at, first_answered_at) END
        AS first_answer_seconds,
    len(threads.replies) AS answers,
    threads.entries - len(threads.replies) AS comments
FROM threads
LEFT JOIN people AS by_user
    ON by_user.platform = threads.platform
    AND by_user.meeting_uuid = threads.meeting_uuid
    AND by_user.known_as = threads.user_key
LEFT JOIN people AS by_email
    ON by_email.platform = threads.platform
    AND by_email.meeting_uuid = threads.meeting_uuid
    AND by_email.known_as = threads.email_key
