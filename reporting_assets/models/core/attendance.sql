-- What each person attended of each instance. Rejoins, second devices and breakout rooms overlap, so time is the union
-- of a person's stays, never their sum; the waiting room is counted apart.
WITH
-- Not materialized: each use reads only the columns it needs, which is both faster and smaller.
sessions AS NOT MATERIALIZED (
    SELECT
        *,
        struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope,
        text_key(display_name) AS name_key
    FROM core.participant_sessions
    WHERE dt = $first_date
),
expected_times AS (
    -- When attendance is expected: neither before the host came nor after a scheduled end. `greatest` and `least` skip
    -- what is unknown: without a schedule the actual times count alone.
    SELECT
        struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope,
        scheduled_at,
        scheduled_end_at,
        greatest(scheduled_at, started_at) AS from_at,
        CASE WHEN ended_at IS NOT NULL THEN least(scheduled_end_at, ended_at) END AS to_at,
        CASE WHEN to_at > from_at THEN seconds_between(from_at, to_at) END AS expected_seconds,
        CASE WHEN scheduled_end_at > scheduled_at THEN seconds_between(scheduled_at, scheduled_end_at) END
            AS scheduled_seconds
    FROM core.meetings
    WHERE dt = $first_date
),
stays AS (
    SELECT scope, person_key AS member, joined_at AS begins_at, stayed_until_at AS ends_at
    FROM sessions
    WHERE NOT is_waiting_room
),
presences AS (
    FROM merged_spans('stays', INTERVAL 0 SECOND)
),
attended AS (
    SELECT
        scope,
        member,
        sum(seconds_between(begins_at, ends_at)) AS attended_seconds,
        sum(seconds_within(begins_at, ends_at, from_at, to_at)) AS expected_time_attended,
        sum(seconds_within(begins_at, ends_at, scheduled_at, scheduled_end_at)) AS scheduled_time_attended
    FROM presences
    INNER JOIN expected_times USING (scope)
    GROUP BY scope, member
),
waits AS (
    SELECT scope, person_key AS member, joined_at AS begins_at, stayed_until_at AS ends_at
    FROM sessions
    WHERE is_waiting_room
),
waited AS (
    SELECT scope, member, sum(seconds_between(begins_at, ends_at)) AS waiting_seconds
    FROM merged_spans('waits', INTERVAL 0 SECOND)
    GROUP BY scope, member
),
touches AS (
    -- A stay of no length is a visit all the same.
    SELECT * REPLACE (greatest(ends_at, begins_at + INTERVAL 1 MICROSECOND) AS ends_at) FROM stays
),
visits AS (
    SELECT scope, member, count(*) AS visit_count
    FROM merged_spans('touches', to_seconds($visit_gap_seconds))
    GROUP BY scope, member
),
named_stays AS (
    -- Breakout rows lie inside the main room's and prove nothing.
    SELECT scope, struct_pack(person_key, name_key) AS member, joined_at AS begins_at, stayed_until_at AS ends_at
    FROM sessions
    WHERE NOT is_waiting_room AND NOT is_breakout AND name_key IS NOT NULL AND identity_confidence = 'strong'
    QUALIFY min(name_key) OVER (PARTITION BY scope, person_key) <> max(name_key) OVER (PARTITION BY scope, person_key)
),
spans_by_name AS (
    FROM merged_spans('named_stays', INTERVAL 0 SECOND)
),
spans_of_names AS (
    SELECT struct_pack(scope, person_key := member.person_key) AS scope, begins_at, ends_at FROM spans_by_name
),
shared_accounts AS (
    -- One identity under two names at the same time.
    SELECT scope.scope AS scope, scope.person_key AS member FROM peak_concurrency('spans_of_names') WHERE peak > 1
),
people AS (
    SELECT
        scope,
        person_key AS member,
        any_value(platform) AS platform,
        any_value(meeting_uuid) AS meeting_uuid,
        any_value(meeting_started_at) AS meeting_started_at,
        any_value(is_webinar) AS is_webinar,
        any_value(identity_method) AS identity_method,
        any_value(identity_confidence) AS identity_confidence,
        min(user_id) AS user_id,
        min(registrant_id) AS registrant_id,
        min(email) AS email,
        min_by(display_name, (joined_at, session_key)) AS display_name,
        any_value(is_host) AS is_host,
        any_value(is_panelist) AS is_panelist,
        any_value(is_internal) AS is_internal,
        any_value(is_registered) AS is_registered,
        min(joined_at) FILTER (WHERE NOT is_waiting_room) AS first_joined_at,
        max(stayed_until_at) FILTER (WHERE NOT is_waiting_room) AS last_left_at,
        count(*) FILTER (WHERE NOT is_waiting_room) AS join_count,
        bool_or(is_open) FILTER (WHERE NOT is_waiting_room) AS has_open_session
    FROM sessions
    GROUP BY scope, person_key
    HAVING count(*) FILTER (WHERE NOT is_waiting_room) > 0
)
SELECT
    people.platform,
    people.meeting_uuid,
    people.member AS person_key,
    people.meeting_started_at,
    people.is_webinar,
    people.identity_method,
    people.identity_confidence,
    people.user_id,
    people.registrant_id,
    people.email,
    people.display_name,
    people.is_host,
    people.is_panelist,
    people.is_internal,
    people.is_registered,
    people.first_joined_at,
    people.last_left_at,
    people.join_count,
    visits.visit_count,
    coalesce(attended.attended_seconds, 0) AS attended_seconds,
    coalesce(waited.waiting_seconds, 0) AS waiting_seconds,
    people.has_open_session,
    people.first_joined_at > expected_times.from_at + to_seconds($late_grace_seconds) AS is_late,
    people.last_left_at < expected_times.to_at - to_seconds($early_grace_seconds) AS is_early_leave,
    100 * ratio(coalesce(attended.expected_time_attended, 0), expected_times.expected_seconds) AS pct_of_actual,
    100 * ratio(coalesce(attended.scheduled_time_attended, 0), expected_times.scheduled_seconds) AS pct_of_scheduled,
    attendance_status(
        coalesce(attended.expected_time_attended, 0),
        seconds_between(expected_times.from_at, people.first_joined_at),
        expected_times.expected_seconds,
        $present_pct,
        $partial_pct,
        $late_grace_seconds
    ) AS attendance_status,
    shared_accounts.member IS NOT NULL AS is_shared_account_suspected
FROM people
INNER JOIN expected_times USING (scope)
LEFT JOIN attended USING (scope, member)
LEFT JOIN waited USING (scope, member)
LEFT JOIN visits USING (scope, member)
LEFT JOIN shared_accounts USING (scope, member)
