-- Every answer to every question. Places count from 0, SQL's lists from 1.
WITH
answers AS (
    SELECT
        meeting_uuid,
        meeting_started_at,
        asker_place,
        question_place,
        question_id,
        unnest(answers) AS answer,
        generate_subscripts(answers, 1) - 1 AS answer_place
    FROM zoom.meeting_qa
    WHERE dt = $first_date
)
SELECT
    meeting_uuid,
    meeting_started_at,
    asker_place,
    question_place,
    question_id,
    answer_place,
    answer.user_id AS user_id,
    answer.email AS email,
    answer.display_name AS display_name,
    answer.answer_type AS answer_type,
    answer.content AS content,
    answer.answered_at AS answered_at
FROM answers
