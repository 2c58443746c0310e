-- Files of the day's message events, one row each.
WITH
files AS (
    SELECT *, unnest(files) AS file, generate_subscripts(files, 1) AS place
    FROM zoom.chat_messages
    WHERE dt = $first_date
)
SELECT
    session_id,
    session_type,
    message_id,
    event,
    event_at,
    sent_at,
    sender_member_id,
    sender_email,
    place,
    file.file_id AS file_id,
    file.file_name AS file_name,
    file.file_bytes AS file_bytes
FROM files
