-- How often each choice of each poll question was made. Respondents with an address are identified; anonymous forms and
-- guests whose address is hidden are not, and count once per entry of the report.
WITH
given AS (
    SELECT
        struct_pack(platform := 'zoom', meeting_uuid := meeting_uuid) AS scope,
        meeting_started_at,
        FALSE AS is_webinar,
        poll_id,
        respondent_place,
        answer_place,
        text_key(email) AS email,
        question,
        answer,
        answered_at
    FROM zoom.meeting_polls
    WHERE dt = $first_date
    UNION ALL BY NAME
    SELECT
        struct_pack(platform := 'zoom', meeting_uuid := webinar_uuid) AS scope,
        webinar_started_at AS meeting_started_at,
        TRUE AS is_webinar,
        poll_id,
        respondent_place,
        answer_place,
        text_key(email) AS email,
        question,
        answer,
        answered_at
    FROM zoom.webinar_polls
    WHERE dt = $first_date
),
answers AS (
    SELECT
        *,
        coalesce('e:' || email, 'p:' || CAST(respondent_place AS VARCHAR)) AS respondent,
        email IS NOT NULL AS is_identified
    FROM numbered_questions('given')
),
polls AS (
    SELECT
        scope,
        poll_place,
        count(DISTINCT respondent) AS poll_respondents,
        min(answered_at) AS first_answered_at,
        max(answered_at) AS last_answered_at
    FROM answers
    GROUP BY scope, poll_place
),
stays AS (
    SELECT
        struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope,
        person_key,
        joined_at,
        stayed_until_at
    FROM core.participant_sessions
    -- The host launches polls and cannot answer them.
    WHERE dt = $first_date AND NOT is_waiting_room AND is_host IS DISTINCT FROM TRUE
),
audiences AS (
    SELECT polls.scope, polls.poll_place, count(DISTINCT stays.person_key) AS people_present
    FROM polls
    INNER JOIN stays
        ON stays.scope = polls.scope
        AND stays.joined_at <= polls.last_answered_at
        AND stays.stayed_until_at > polls.first_answered_at
    GROUP BY polls.scope, polls.poll_place
),
questions AS (
    SELECT
        scope,
        poll_place,
        question_place,
        any_value(meeting_started_at) AS meeting_started_at,
        any_value(is_webinar) AS is_webinar,
        any_value(poll_id) AS poll_id,
        min(question) AS question,
        count(DISTINCT respondent) AS question_respondents
    FROM answers
    GROUP BY scope, poll_place, question_place
),
chosen AS (
    -- Where answers are not stored, a question has one row for all of them.
    SELECT
        * EXCLUDE (answer),
        unnest(CASE WHEN nullif(trim(answer), '') IS NULL THEN [NULL] ELSE answer_options(answer) END) AS answer
    FROM answers
),
options AS (
    SELECT
        scope,
        poll_place,
        question_place,
        answer,
        CASE WHEN answer IS NULL THEN 0
        ELSE row_number() OVER (PARTITION BY scope, poll_place, question_place ORDER BY answer NULLS LAST)
        END AS option_place,
        count(DISTINCT respondent) AS respondents,
        count(DISTINCT respondent) FILTER (WHERE is_identified) AS identified_respondents,
        count(DISTINCT respondent) FILTER (WHERE NOT is_identified) AS anonymous_respondents
    FROM chosen
    GROUP BY scope, poll_place, question_place, answer
)
SELECT
    questions.scope.platform AS platform,
    questions.scope.meeting_uuid AS meeting_uuid,
    questions.poll_place,
    questions.question_place,
    options.option_place,
    questions.meeting_started_at,
    questions.is_webinar,
    questions.poll_id,
    questions.question,
    options.answer,
    options.respondents,
    options.identified_respondents,
    options.anonymous_respondents,
    questions.question_respondents,
    ratio(options.respondents, questions.question_respondents) AS respondent_share,
    polls.first_answered_at,
    polls.last_answered_at,
    polls.poll_respondents,
    CASE WHEN questions.scope IN (SELECT scope FROM stays) THEN coalesce(audiences.people_present, 0) END
        AS people_present,
    CASE WHEN audiences.people_present > 0
        THEN least(1.0, ratio(polls.poll_respondents, audiences.people_present))
    END AS poll_response_rate
FROM options
INNER JOIN questions USING (scope, poll_place, question_place)
INNER JOIN polls USING (scope, poll_place)
LEFT JOIN audiences USING (scope, poll_place)
