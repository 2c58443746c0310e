-- Reactions to the day's messages: one row per emoji and person named, and one for those who are not named.
WITH
standard AS (
    SELECT
        session_id, session_type, message_id, event, event_at, sent_at,
        unnest(reactions) AS reaction,
        generate_subscripts(reactions, 1) AS emoji_place
    FROM zoom.chat_messages
    WHERE dt = $first_date
),
custom AS (
    SELECT
        session_id, session_type, message_id, event, event_at, sent_at,
        unnest(custom_reactions) AS reaction,
        generate_subscripts(custom_reactions, 1) AS emoji_place
    FROM zoom.chat_messages
    WHERE dt = $first_date
),
emojis AS (
    SELECT
        * EXCLUDE (reaction),
        false AS is_custom_emoji,
        reaction.emoji AS emoji,
        CAST(NULL AS VARCHAR) AS emoji_name,
        CAST(NULL AS VARCHAR) AS emoji_file_id,
        reaction.total_count AS total_count,
        reaction.user_ids AS user_ids,
        reaction.member_ids AS member_ids
    FROM standard
    UNION ALL BY NAME
    SELECT
        * EXCLUDE (reaction),
        true AS is_custom_emoji,
        CAST(NULL AS VARCHAR) AS emoji,
        reaction.emoji_name AS emoji_name,
        reaction.emoji_file_id AS emoji_file_id,
        reaction.total_count AS total_count,
        reaction.user_ids AS user_ids,
        reaction.member_ids AS member_ids
    FROM custom
),
listed AS (
    SELECT
        * EXCLUDE (user_ids, member_ids),
        coalesce(json_transform(user_ids, '["VARCHAR"]'), []) AS users,
        coalesce(json_transform(member_ids, '["VARCHAR"]'), []) AS members
    FROM emojis
),
-- The two lists are not of one length, and nothing says who of one is who of the other: user ids are preferred.
named AS (
    SELECT
        * EXCLUDE (users, members),
        len(users) > 0 AS has_users,
        CASE WHEN len(users) > 0 THEN users ELSE members END AS people
    FROM listed
),
persons AS (
    SELECT *, unnest(people) AS person, generate_subscripts(people, 1) AS person_place
    FROM named
)
SELECT
    * EXCLUDE (total_count, has_users, people, person),
    CASE WHEN has_users THEN person END AS reactor_user_id,
    CASE WHEN NOT has_users THEN person END AS reactor_member_id,
    1 AS reactions
FROM persons
UNION ALL BY NAME
SELECT
    * EXCLUDE (total_count, has_users, people),
    0 AS person_place,
    CAST(NULL AS VARCHAR) AS reactor_user_id,
    CAST(NULL AS VARCHAR) AS reactor_member_id,
    total_count - len(people) AS reactions
FROM named
WHERE total_count > len(people)
