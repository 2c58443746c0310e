-- Every join, with the person behind it. Strong keys (user id, registration, address) link rows of one instance;
-- a name stands for a person only within its instance, and only on rows without a strong key.
WITH
meetings AS (
    SELECT
        platform,
        meeting_uuid,
        struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope,
        started_at,
        ended_at,
        ['1u:' || host_user_id, '3e:' || host_email] AS host_keys,
        host_key IS NOT NULL AS has_known_host
    FROM core.meetings
    WHERE dt = $first_date
),
joins AS (
    SELECT
        'zoom' AS platform,
        meeting_uuid,
        md5(
            concat_ws(
                chr(31),
                meeting_uuid,
                coalesce(session_user_id, chr(30)),
                epoch_us(joined_at),
                coalesce(status, chr(30)),
                coalesce(breakout_room_id, chr(30)),
                coalesce(CAST(epoch_us(left_at) AS VARCHAR), chr(30)),
                coalesce(display_name, chr(30))
            )
        ) AS session_key,
        nullif(trim(session_user_id), '') AS session_user_id,
        nullif(trim(user_id), '') AS user_id,
        nullif(trim(registrant_id), '') AS registrant_id,
        text_key(email) AS email,
        display_name,
        text_key(display_name) AS name_key,
        coalesce(status = 'in_waiting_room', FALSE) AS is_waiting_room,
        nullif(trim(breakout_room_id), '') AS breakout_room_id,
        joined_at,
        left_at,
        _ingested_at
    FROM zoom.meeting_participants
    WHERE dt = $first_date
),
keyed_joins AS (
    SELECT
        joins.*,
        meetings.scope,
        list_filter(
            ['1u:' || joins.user_id, '2r:' || joins.registrant_id, '3e:' || joins.email],
            lambda strong_key: strong_key IS NOT NULL
        ) AS strong_keys,
        meetings.started_at AS meeting_started_at,
        meetings.ended_at AS meeting_ended_at,
        meetings.has_known_host
    FROM joins
    INNER JOIN meetings USING (platform, meeting_uuid)
),
persons AS (
    SELECT scope, strong_key, person FROM persons_by_key('keyed_joins')
),
hosts AS (
    -- Any row of theirs gives the host away, so all their rows are the host's.
    SELECT DISTINCT persons.scope, substr(persons.person, 2) AS person_key
    FROM persons
    INNER JOIN meetings ON meetings.scope = persons.scope AND list_contains(meetings.host_keys, persons.strong_key)
),
identified_joins AS (
    SELECT
        keyed_joins.*,
        CASE
            WHEN persons.person IS NOT NULL THEN substr(persons.person, 2)
            WHEN NOT is_generic_name(keyed_joins.name_key)
                THEN 'n:' || md5(concat_ws(chr(31), keyed_joins.meeting_uuid, keyed_joins.name_key))
            WHEN keyed_joins.session_user_id IS NOT NULL
                THEN 's:' || md5(concat_ws(chr(31), keyed_joins.meeting_uuid, keyed_joins.session_user_id))
            ELSE 's:' || keyed_joins.session_key
        END AS person_key
    FROM keyed_joins
    LEFT JOIN persons ON persons.scope = keyed_joins.scope AND persons.strong_key = keyed_joins.strong_keys[1]
)
SELECT
    platform,
    meeting_uuid,
    session_key,
    meeting_started_at,
    person_key,
    CASE person_key[1]
        WHEN 'u' THEN 'user_id'
        WHEN 'r' THEN 'registrant'
        WHEN 'e' THEN 'email'
        WHEN 'n' THEN 'name'
        ELSE 'session'
    END AS identity_method,
    CASE WHEN person_key[1] IN ('u', 'r', 'e') THEN 'strong' WHEN person_key[1] = 'n' THEN 'weak' ELSE 'none' END
        AS identity_confidence,
    user_id,
    registrant_id,
    email,
    display_name,
    CASE WHEN has_known_host THEN hosts.person_key IS NOT NULL END AS is_host,
    is_waiting_room,
    breakout_room_id IS NOT NULL AS is_breakout,
    breakout_room_id,
    joined_at,
    left_at,
    left_at IS NULL AS is_open,
    CASE
        WHEN left_at IS NOT NULL THEN left_at
        WHEN meeting_ended_at IS NOT NULL THEN greatest(joined_at, meeting_ended_at)
        WHEN _ingested_at <= meeting_started_at + to_seconds($longest_meeting_seconds)
            THEN greatest(joined_at, _ingested_at)
    END AS stayed_until_at
FROM identified_joins
LEFT JOIN hosts USING (scope, person_key)
