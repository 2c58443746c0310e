-- What each person did in team chat. `vendor_` columns are Zoom's own counts, cut at midnight of the account; the others are
-- counted from messages, cut at midnight UTC. The two never mix in one column.
WITH
activity AS (
    SELECT *, nullif(trim(user_id), '') AS user_key, text_key(email) AS email_key
    FROM zoom.chat_activity
    WHERE dt = $first_date
),
events AS (
    SELECT
        session_id,
        message_id,
        event,
        nullif(trim(sender_member_id), '') AS member_key,
        text_key(sender_email) AS email_key,
        session_type,
        reply_to_message_id,
        coalesce(len(files), 0) AS files,
        coalesce(list_sum(list_transform(reactions, lambda reaction: reaction.total_count)), 0)
            + coalesce(list_sum(list_transform(custom_reactions, lambda reaction: reaction.total_count)), 0) AS reactions,
        -- Bots' messages alone have these.
        has_bot_markdown IS NOT NULL OR bot_source IS NOT NULL OR bot_sender_email IS NOT NULL OR bot_content IS NOT NULL
            AS is_bot
    FROM zoom.chat_messages
    WHERE dt = $first_date
),
reactors AS (
    SELECT
        nullif(trim(reactor_user_id), '') AS user_key,
        nullif(trim(reactor_member_id), '') AS member_key,
        CAST(sum(reactions) AS BIGINT) AS reactions
    FROM zoom.chat_reactions
    WHERE dt = $first_date AND event = 'sent' AND person_place > 0
    GROUP BY ALL
),
-- Counts know user ids, messages chat ids, and both know addresses: who is who follows from all of them.
keyed_rows AS (
    SELECT DISTINCT
        0 AS scope,
        list_filter(
            ['1u:' || user_key, '3e:' || email_key, '4c:' || member_key], lambda strong_key: strong_key IS NOT NULL
        ) AS strong_keys
    FROM (
        SELECT user_key, email_key, NULL AS member_key FROM activity
        UNION ALL
        SELECT nullif(trim(user_id), ''), text_key(email), NULL FROM zoom.users WHERE dt = $first_date
        UNION ALL
        SELECT NULL, email_key, member_key FROM events WHERE NOT is_bot
        UNION ALL
        SELECT user_key, NULL, member_key FROM reactors
    )
),
persons AS (
    SELECT strong_key, substr(person, 2) AS person_key FROM persons_by_key('keyed_rows')
),
messages AS (
    -- An edit makes no new message; what was deleted on the day it was sent is none.
    SELECT sent.*
    FROM events AS sent
    ANTI JOIN (SELECT session_id, message_id FROM events WHERE event = 'deleted') AS deleted
        USING (session_id, message_id)
    WHERE sent.event = 'sent' AND NOT sent.is_bot
),
written AS (
    SELECT
        persons.person_key,
        count(*) AS messages,
        count(*) FILTER (WHERE messages.session_type = 'Group') AS group_messages,
        count(*) FILTER (WHERE messages.session_type = '1:1') AS direct_messages,
        count(DISTINCT messages.session_id) AS sessions,
        count(messages.reply_to_message_id) AS replies,
        CAST(sum(messages.files) AS BIGINT) AS files,
        count(*) FILTER (WHERE messages.reactions > 0) AS messages_with_reaction,
        CAST(sum(messages.reactions) AS BIGINT) AS reactions_received
    FROM messages
    INNER JOIN persons ON persons.strong_key = coalesce('3e:' || messages.email_key, '4c:' || messages.member_key)
    GROUP BY persons.person_key
),
changed AS (
    SELECT
        persons.person_key,
        count(DISTINCT struct_pack(session_id, message_id)) FILTER (WHERE event = 'edited') AS edited_messages,
        count(DISTINCT struct_pack(session_id, message_id)) FILTER (WHERE event = 'deleted') AS deleted_messages
    FROM events
    INNER JOIN persons ON persons.strong_key = coalesce('3e:' || events.email_key, '4c:' || events.member_key)
    WHERE NOT events.is_bot AND events.event IN ('edited', 'deleted')
    GROUP BY persons.person_key
),
reacted AS (
    SELECT persons.person_key, CAST(sum(reactors.reactions) AS BIGINT) AS reactions_given
    FROM reactors
    INNER JOIN persons ON persons.strong_key = coalesce('1u:' || reactors.user_key, '4c:' || reactors.member_key)
    GROUP BY persons.person_key
),
counted AS (
    SELECT
        persons.person_key,
        CAST(sum(messages_sent) AS BIGINT) AS vendor_messages,
        CAST(sum(group_messages_sent) AS BIGINT) AS vendor_group_messages,
        CAST(sum(direct_messages_sent) AS BIGINT) AS vendor_direct_messages,
        CAST(sum(texts_sent) AS BIGINT) AS vendor_texts,
        CAST(sum(files_sent) AS BIGINT) AS vendor_files,
        CAST(sum(images_sent) AS BIGINT) AS vendor_images
    FROM activity
    INNER JOIN persons ON persons.strong_key = coalesce('1u:' || activity.user_key, '3e:' || activity.email_key)
    GROUP BY persons.person_key
),
seen AS (
    SELECT person_key FROM written
    UNION
    SELECT person_key FROM changed
    UNION
    SELECT person_key FROM reacted
    UNION
    SELECT person_key FROM counted
),
known AS (
    SELECT
        person_key,
        min(substr(strong_key, 4)) FILTER (WHERE strong_key[1:2] = '1u') AS user_id,
        min(substr(strong_key, 4)) FILTER (WHERE strong_key[1:2] = '3e') AS email,
        min(substr(strong_key, 4)) FILTER (WHERE strong_key[1:2] = '4c') AS sender_member_id
    FROM persons
    GROUP BY person_key
),
told AS (
    SELECT count(*) FILTER (WHERE event = 'sent') > 0 AS has_messages, count(*) > 0 AS has_events FROM events
)
SELECT
    'zoom' AS platform,
    seen.person_key,
    known.user_id,
    known.email,
    known.sender_member_id,
    counted.vendor_messages,
    counted.vendor_group_messages,
    counted.vendor_direct_messages,
    counted.vendor_texts,
    counted.vendor_files,
    counted.vendor_images,
    CASE WHEN told.has_messages THEN coalesce(written.messages, 0) END AS messages,
    CASE WHEN told.has_messages THEN coalesce(written.group_messages, 0) END AS group_messages,
    CASE WHEN told.has_messages THEN coalesce(written.direct_messages, 0) END AS direct_messages,
    CASE WHEN told.has_messages THEN coalesce(written.sessions, 0) END AS sessions,
    CASE WHEN told.has_messages THEN coalesce(written.replies, 0) END AS replies,
    CASE WHEN told.has_messages THEN coalesce(written.files, 0) END AS files,
    CASE WHEN told.has_messages THEN coalesce(written.messages_with_reaction, 0) END AS messages_with_reaction,
    CASE WHEN told.has_messages THEN coalesce(written.reactions_received, 0) END AS reactions_received,
    CASE WHEN told.has_messages THEN coalesce(reacted.reactions_given, 0) END AS reactions_given,
    CASE WHEN told.has_events THEN coalesce(changed.edited_messages, 0) END AS edited_messages,
    CASE WHEN told.has_events THEN coalesce(changed.deleted_messages, 0) END AS deleted_messages
FROM seen
CROSS JOIN told
LEFT JOIN known USING (person_key)
LEFT JOIN written USING (person_key)
LEFT JOIN changed USING (person_key)
LEFT JOIN reacted USING (person_key)
LEFT JOIN counted USING (person_key)
