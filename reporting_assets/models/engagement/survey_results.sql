-- How many answered each question of a survey, and where answers are numbers, what they say on average.
WITH
answers AS (
    SELECT
        'zoom' AS platform,
        meeting_uuid,
        meeting_started_at,
        FALSE AS is_webinar,
        survey_id,
        question_id,
        respondent_place,
        text_key(email) AS email,
        question,
        answer,
        answered_at
    FROM zoom.meeting_survey
    WHERE dt = $first_date
    UNION ALL BY NAME
    SELECT
        'zoom' AS platform,
        webinar_uuid AS meeting_uuid,
        webinar_started_at AS meeting_started_at,
        TRUE AS is_webinar,
        survey_id,
        question_id,
        respondent_place,
        text_key(email) AS email,
        question,
        answer,
        answered_at
    FROM zoom.webinar_survey
    WHERE dt = $first_date
),
named AS (
    SELECT
        *,
        coalesce(question_id, question, '') AS question_key,
        coalesce('e:' || email, 'p:' || CAST(respondent_place AS VARCHAR)) AS respondent,
        -- As cents, so that the sum is the same in any order.
        TRY_CAST(trim(answer) AS DECIMAL(18, 2)) AS number
    FROM answers
)
SELECT
    platform,
    meeting_uuid,
    row_number() OVER (PARTITION BY platform, meeting_uuid ORDER BY min(answered_at), question_key) - 1
        AS question_place,
    any_value(meeting_started_at) AS meeting_started_at,
    any_value(is_webinar) AS is_webinar,
    min(survey_id) AS survey_id,
    min(question_id) AS question_id,
    min(question) AS question,
    count(DISTINCT respondent) AS respondents,
    count(DISTINCT respondent) FILTER (WHERE email IS NOT NULL) AS identified_respondents,
    count(DISTINCT respondent) FILTER (WHERE email IS NULL) AS anonymous_respondents,
    CASE WHEN count(answer) > 0 THEN count(answer) FILTER (WHERE trim(answer) <> '') END AS answers_with_text,
    CASE WHEN count(answer) > 0 THEN count(number) END AS numeric_answers,
    CASE WHEN count(number) > 0 AND count(number) = count(nullif(trim(answer), ''))
        THEN CAST(sum(number) AS DOUBLE) / count(number)
    END AS mean_numeric_answer,
    min(answered_at) AS first_answered_at,
    max(answered_at) AS last_answered_at
FROM named
GROUP BY platform, meeting_uuid, question_key
