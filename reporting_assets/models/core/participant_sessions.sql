-- Every join, with the person behind it. Strong keys (user id, registration, address) link rows of one instance;
-- a name stands for a person only within its instance, and only on rows without a strong key.
WITH
meetings AS (
    SELECT
        platform,
        meeting_uuid,
        struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope,
        is_webinar,
        started_at,
        ended_at,
        list_filter(['1u:' || host_user_id, '3e:' || host_email], lambda host_key: host_key IS NOT NULL) AS host_keys
    FROM core.meetings
    WHERE dt = $first_date
),
zoom_joins AS (
    SELECT
        meeting_uuid,
        session_user_id,
        user_id,
        registrant_id,
        email,
        display_name,
        status,
        breakout_room_id,
        joined_at,
        left_at,
        is_internal,
        _ingested_at
    FROM zoom.meeting_participants
    WHERE dt = $first_date
    UNION ALL BY NAME
    SELECT
        webinar_uuid AS meeting_uuid,
        session_user_id,
        user_id,
        registrant_id,
        email,
        display_name,
        status,
        breakout_room_id,
        joined_at,
        left_at,
        _ingested_at
    FROM zoom.webinar_participants
    WHERE dt = $first_date
),
webex_joins AS (
    -- The vendor gives sessions no id: times tell them apart, and the place in its list those of one second.
    SELECT
        *,
        row_number() OVER (PARTITION BY meeting_instance_id, joined_at, left_at ORDER BY session_place) AS twin
    FROM webex.meeting_attendees
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
        coalesce(status = 'in_waiting_room', FALSE) AS is_waiting_room,
        nullif(trim(breakout_room_id), '') AS breakout_room_id,
        joined_at,
        left_at,
        TRUE AS is_join_known,
        coalesce(is_internal, nullif(trim(user_id), '') IS NOT NULL) AS is_internal,
        nullif(trim(registrant_id), '') IS NOT NULL AS is_registered,
        FALSE AS is_called_host,
        _ingested_at
    FROM zoom_joins
    UNION ALL BY NAME
    SELECT
        'webex' AS platform,
        meeting_instance_id AS meeting_uuid,
        md5(
            concat_ws(
                chr(31),
                meeting_instance_id,
                coalesce(CAST(epoch_us(joined_at) AS VARCHAR), chr(30)),
                coalesce(CAST(epoch_us(left_at) AS VARCHAR), chr(30)),
                twin
            )
        ) AS session_key,
        text_key(email) AS email,
        display_name,
        FALSE AS is_waiting_room,
        coalesce(joined_at, left_at, meeting_started_at) AS joined_at,
        left_at,
        joined_at IS NOT NULL AS is_join_known,
        is_registered,
        coalesce(participant_type = 'host', FALSE) AS is_called_host,
        _ingested_at
    FROM webex_joins
),
keyed_joins AS (
    SELECT
        joins.*,
        text_key(joins.display_name) AS name_key,
        meetings.scope,
        list_filter(
            ['1u:' || joins.user_id, '2r:' || joins.registrant_id, '3e:' || joins.email],
            lambda strong_key: strong_key IS NOT NULL
        ) AS strong_keys,
        meetings.is_webinar,
        meetings.started_at AS meeting_started_at,
        meetings.ended_at AS meeting_ended_at,
        meetings.host_keys
    FROM joins
    INNER JOIN meetings USING (platform, meeting_uuid)
),
persons AS (
    SELECT scope, strong_key, person FROM persons_by_key('keyed_joins')
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
),
known_persons AS (
    -- What any row of a person's gives away holds for all of them.
    SELECT
        platform,
        meeting_uuid,
        person_key,
        bool_or(is_called_host OR list_has_any(strong_keys, host_keys)) AS is_host,
        bool_or(is_internal) AS is_internal,
        bool_or(is_registered) AS is_registered
    FROM identified_joins
    GROUP BY platform, meeting_uuid, person_key
),
known_meetings AS (
    SELECT
        platform,
        meeting_uuid,
        bool_or(is_called_host OR len(host_keys) > 0) AS has_known_host,
        bool_or(registrant_id IS NOT NULL) AS has_known_registration
    FROM identified_joins
    GROUP BY platform, meeting_uuid
)
SELECT
    joins.platform,
    joins.meeting_uuid,
    joins.session_key,
    joins.meeting_started_at,
    joins.is_webinar,
    joins.person_key,
    CASE joins.person_key[1]
        WHEN 'u' THEN 'user_id'
        WHEN 'r' THEN 'registrant'
        WHEN 'e' THEN 'email'
        WHEN 'n' THEN 'name'
        ELSE 'session'
    END AS identity_method,
    CASE
        WHEN joins.person_key[1] IN ('u', 'r', 'e') THEN 'strong'
        WHEN joins.person_key[1] = 'n' THEN 'weak'
        ELSE 'none'
    END AS identity_confidence,
    joins.user_id,
    joins.registrant_id,
    joins.email,
    joins.display_name,
    CASE WHEN known_meetings.has_known_host THEN known_persons.is_host END AS is_host,
    CASE WHEN joins.is_webinar AND known_meetings.has_known_registration THEN NOT known_persons.is_registered END
        AS is_panelist,
    known_persons.is_internal,
    known_persons.is_registered,
    joins.is_waiting_room,
    joins.breakout_room_id IS NOT NULL AS is_breakout,
    joins.breakout_room_id,
    joins.joined_at,
    joins.left_at,
    joins.left_at IS NULL AS is_open,
    CASE
        WHEN joins.left_at IS NOT NULL THEN joins.left_at
        WHEN NOT joins.is_join_known THEN NULL
        WHEN joins.meeting_ended_at IS NOT NULL THEN greatest(joins.joined_at, joins.meeting_ended_at)
        WHEN joins._ingested_at <= joins.meeting_started_at + to_seconds($longest_meeting_seconds)
            THEN greatest(joins.joined_at, joins._ingested_at)
    END AS stayed_until_at
FROM identified_joins AS joins
INNER JOIN known_persons USING (platform, meeting_uuid, person_key)
INNER JOIN known_meetings USING (platform, meeting_uuid)
