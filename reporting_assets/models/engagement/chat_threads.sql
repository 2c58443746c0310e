-- Threads that were replied to on the day: how often, by whom, and how soon somebody else first did.
WITH
events AS (
    SELECT
        dt,
        session_id,
        session_type,
        message_id,
        event,
        event_at,
        sent_at,
        -- One person has one chat id; an address only where Zoom gives none.
        coalesce('c:' || nullif(trim(sender_member_id), ''), 'e:' || text_key(sender_email)) AS sender,
        reply_to_message_id,
        coalesce(list_sum(list_transform(reactions, lambda reaction: reaction.total_count)), 0)
            + coalesce(list_sum(list_transform(custom_reactions, lambda reaction: reaction.total_count)), 0) AS reactions,
        has_bot_markdown IS NOT NULL OR bot_source IS NOT NULL OR bot_sender_email IS NOT NULL OR bot_content IS NOT NULL
            AS is_bot
    FROM zoom.chat_messages
    WHERE dt BETWEEN $first_date - 7 AND $last_date
),
replies AS (
    SELECT sent.* REPLACE (coalesce(sent.sent_at, sent.event_at) AS sent_at)
    FROM events AS sent
    ANTI JOIN (SELECT session_id, message_id, dt FROM events WHERE event = 'deleted') AS deleted
        USING (session_id, message_id, dt)
    WHERE sent.event = 'sent' AND NOT sent.is_bot AND sent.reply_to_message_id IS NOT NULL
),
parents AS (
    -- A parent edited or deleted since is the parent all the same; what a bot sent awaits no response.
    SELECT
        session_id,
        message_id,
        min(sent_at) AS sent_at,
        min(sender) AS sender,
        max(reactions) FILTER (WHERE event = 'sent') AS reactions,
        bool_or(is_bot) AS is_bot
    FROM events
    SEMI JOIN (SELECT session_id, reply_to_message_id AS message_id FROM replies WHERE dt = $first_date)
        USING (session_id, message_id)
    GROUP BY session_id, message_id
),
related AS (
    SELECT
        replies.dt,
        replies.session_id,
        replies.session_type,
        replies.reply_to_message_id AS parent_message_id,
        replies.sent_at,
        replies.sender,
        replies.reactions,
        parents.sent_at AS parent_sent_at,
        parents.reactions AS parent_reactions,
        parents.sender AS parent_sender,
        parents.message_id IS NOT NULL AS is_parent_known,
        parents.is_bot AS is_parent_bot,
        -- Unknown where either sender is.
        replies.sender <> parents.sender AS is_by_another
    FROM replies
    LEFT JOIN parents
        ON parents.session_id = replies.session_id AND parents.message_id = replies.reply_to_message_id
),
threads AS (
    SELECT
        session_id,
        parent_message_id,
        min(session_type) AS session_type,
        any_value(parent_sent_at) AS parent_sent_at,
        any_value(parent_sender) AS parent_sender,
        any_value(parent_reactions) AS parent_reactions,
        any_value(is_parent_known) AS is_parent_known,
        coalesce(any_value(is_parent_bot), FALSE) AS is_parent_bot,
        count(*) FILTER (WHERE dt = $first_date) AS replies,
        count(*) FILTER (WHERE dt = $first_date AND NOT is_by_another) AS self_replies,
        count(DISTINCT sender) FILTER (WHERE dt = $first_date) AS repliers,
        CAST(sum(reactions) FILTER (WHERE dt = $first_date) AS BIGINT) AS reply_reactions,
        min(sent_at) FILTER (WHERE dt = $first_date) AS first_reply_at,
        max(sent_at) FILTER (WHERE dt = $first_date) AS last_reply_at,
        min(sent_at) FILTER (WHERE is_by_another AND sent_at >= parent_sent_at) AS first_response_at
    FROM related
    GROUP BY session_id, parent_message_id
)
SELECT
    'zoom' AS platform,
    session_id,
    parent_message_id,
    session_type,
    is_parent_known,
    is_parent_bot,
    parent_sent_at,
    CASE WHEN parent_sender LIKE 'c:%' THEN substr(parent_sender, 3) END AS parent_sender_member_id,
    replies,
    self_replies,
    repliers,
    first_reply_at,
    last_reply_at,
    -- On the day of the first response alone, so that no other day of the thread counts it again.
    CASE WHEN first_response_at >= $partition_start AND NOT is_parent_bot THEN first_response_at END
        AS first_responded_at,
    (epoch_us(first_responded_at) - epoch_us(parent_sent_at)) / 1e6 AS first_response_seconds,
    CASE WHEN parent_sent_at >= $partition_start THEN parent_reactions END AS parent_reactions,
    reply_reactions
FROM threads
WHERE replies > 0
