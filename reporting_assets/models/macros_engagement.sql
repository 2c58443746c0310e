-- SQL of engagement that several models share: means, scores, and which question of a poll an answer belongs to.

-- The mean, the same to the last bit in whatever order rows come: summed in millionths.
CREATE OR REPLACE TEMP MACRO exact_mean(value) AS
    CAST(sum(CAST(round(value * 1e6) AS BIGINT)) AS DOUBLE) / 1e6 / nullif(count(value), 0);

-- 0 to 100: half for the share of time attended, half for the mean of what was offered, each 0 to 1 and NULL where it was
-- not offered. Where nothing was offered attendance is all. Unknown attendance gives NULL.
CREATE OR REPLACE TEMP MACRO engagement_score_v1(duration_share, poll, qa, chat, survey) AS
    CASE
        WHEN duration_share IS NOT NULL
            THEN 50 * least(1.0, duration_share)
                + 50 * coalesce(
                    list_avg(list_filter([poll, qa, chat, survey]::DOUBLE[], lambda share: share IS NOT NULL)),
                    least(1.0, duration_share)
                )
    END;

-- GoTo Webinar's published rating, 0 to 100 as its inputs are: (R + P + Q + (N-1)A + S + L) / (2N - 2), where N counts the
-- inputs there are and A weighs as much as all others together.
CREATE OR REPLACE TEMP MACRO goto_interest_rating(registration, polls, questions, attention, survey, length) AS
    CASE
        WHEN attention IS NOT NULL
            THEN (
                attention
                + coalesce(
                    list_avg(
                        list_filter(
                            [registration, polls, questions, survey, length]::DOUBLE[], lambda share: share IS NOT NULL
                        )
                    ),
                    attention
                )
            ) / 2
    END;

-- Hubilo's published points for a place: all of them for the first, an equal step less for each place after it.
CREATE OR REPLACE TEMP MACRO hubilo_rank_points(place, last_place, most_points) AS
    ratio(most_points, last_place) * (last_place - place + 1);

-- The choices of one answer. Zoom joins several by `;` without a space; one that is followed by a space belongs to a text.
CREATE OR REPLACE TEMP MACRO answer_options(answer) AS
    list_distinct(
        list_transform(
            string_split(regexp_replace(answer, ';(\S)', chr(31) || '\1', 'g'), chr(31)), lambda option: trim(option)
        )
    );

-- Answers to polls with `poll_place` and `question_place`, both from 0. Input: `scope`, `poll_id`, `respondent_place`,
-- `answer_place`, `question`, `answered_at`. A question is known by its text; where texts are not stored, by its place
-- among what a respondent answered of the poll.
CREATE OR REPLACE TEMP MACRO numbered_questions(answers) AS TABLE
    WITH
    counted AS (
        SELECT
            *,
            coalesce(poll_id, '') AS poll_key,
            row_number() OVER (
                PARTITION BY scope, coalesce(poll_id, ''), respondent_place ORDER BY answer_place
            ) AS ordinal
        FROM query_table(answers)
    ),
    keyed AS (
        SELECT *, coalesce('t' || nullif(trim(question), ''), 'o' || lpad(CAST(ordinal AS VARCHAR), 9, '0')) AS question_key
        FROM counted
    ),
    polls AS (
        SELECT
            scope,
            poll_key,
            row_number() OVER (PARTITION BY scope ORDER BY min(answered_at), poll_key) - 1 AS poll_place
        FROM keyed
        GROUP BY scope, poll_key
    ),
    questions AS (
        SELECT
            scope,
            poll_key,
            question_key,
            row_number() OVER (PARTITION BY scope, poll_key ORDER BY min(ordinal), question_key) - 1 AS question_place
        FROM keyed
        GROUP BY scope, poll_key, question_key
    )
    SELECT keyed.* EXCLUDE (poll_key, ordinal, question_key), polls.poll_place, questions.question_place
    FROM keyed
    INNER JOIN polls USING (scope, poll_key)
    INNER JOIN questions USING (scope, poll_key, question_key);
