-- The account's UTC day. Meetings, people and joins belong to the day their meeting started; minutes and concurrency to
-- the clock: what a meeting begun before midnight goes on with counts here. A day without meetings has a row of zeros.
WITH
platforms AS (
    SELECT 'zoom' AS platform
),
meetings AS NOT MATERIALIZED (
    SELECT * FROM core.meetings WHERE dt = $first_date AND NOT is_webinar
),
attendance AS NOT MATERIALIZED (
    SELECT * FROM core.attendance WHERE dt = $first_date AND NOT is_webinar
),
meeting_spans AS (
    SELECT platform AS scope, started_at AS begins_at, observed_until_at AS ends_at
    FROM core.meetings
    WHERE dt BETWEEN $first_date - 2 AND $first_date AND NOT is_webinar
),
meeting_spans_of_day AS (
    SELECT * EXCLUDE (local_date) FROM spans_by_date('meeting_spans', 'UTC') WHERE local_date = $first_date
),
stays AS (
    SELECT
        struct_pack(platform := platform, meeting_uuid := meeting_uuid) AS scope,
        person_key AS member,
        joined_at AS begins_at,
        stayed_until_at AS ends_at
    FROM core.participant_sessions
    WHERE
        NOT is_waiting_room
        AND NOT is_webinar
        AND dt BETWEEN $first_date - 2 AND $first_date
        AND stayed_until_at > $partition_start
),
presences AS (
    FROM merged_spans('stays', INTERVAL 0 SECOND)
),
presences_of_day AS (
    SELECT * EXCLUDE (local_date) FROM spans_by_date('presences', 'UTC') WHERE local_date = $first_date
),
presences_on_platform AS (
    SELECT scope.platform AS scope, member, begins_at, ends_at FROM presences_of_day
),
people_spans AS (
    -- A person in two meetings at once is one person.
    FROM merged_spans('presences_on_platform', INTERVAL 0 SECOND)
),
meeting_peaks AS (
    FROM peak_concurrency('meeting_spans_of_day')
),
people_peaks AS (
    FROM peak_concurrency('people_spans')
),
meeting_time AS (
    SELECT scope, sum(seconds_between(begins_at, ends_at)) / 60 AS meeting_minutes
    FROM meeting_spans_of_day
    GROUP BY scope
),
person_time AS (
    SELECT scope, sum(seconds_between(begins_at, ends_at)) / 60 AS person_minutes
    FROM presences_on_platform
    GROUP BY scope
),
meeting_counts AS (
    SELECT
        platform,
        count(*) AS meetings,
        count(DISTINCT logical_meeting_key) AS logical_meetings,
        count(*) FILTER (WHERE is_solo) AS solo_meetings,
        count(DISTINCT host_key) AS hosts,
        count(*) FILTER (WHERE NOT is_final) AS meetings_not_final
    FROM meetings
    GROUP BY platform
),
unattended AS (
    SELECT meetings.platform, count(*) AS meetings_without_participants
    FROM meetings
    ANTI JOIN attendance USING (platform, meeting_uuid)
    GROUP BY meetings.platform
),
people_counts AS (
    SELECT
        platform,
        count(DISTINCT person_key) AS unique_participants,
        count(DISTINCT person_key) FILTER (WHERE identity_confidence = 'strong') AS unique_participants_identified,
        sum(join_count) AS participant_joins
    FROM attendance
    GROUP BY platform
),
starts_by_hour AS (
    SELECT platform, hour(started_at) AS start_hour, count(*) AS starts FROM meetings GROUP BY platform, start_hour
),
busiest_hours AS (
    SELECT platform, start_hour AS busiest_start_hour_utc
    FROM starts_by_hour
    QUALIFY row_number() OVER (PARTITION BY platform ORDER BY starts DESC, start_hour) = 1
)
SELECT
    platforms.platform,
    coalesce(meeting_counts.meetings, 0) AS meetings,
    coalesce(meeting_counts.logical_meetings, 0) AS logical_meetings,
    coalesce(meeting_counts.solo_meetings, 0) AS solo_meetings,
    coalesce(meeting_counts.meetings_not_final, 0) AS meetings_not_final,
    coalesce(unattended.meetings_without_participants, 0) AS meetings_without_participants,
    coalesce(meeting_counts.hosts, 0) AS hosts,
    coalesce(people_counts.unique_participants, 0) AS unique_participants,
    coalesce(people_counts.unique_participants_identified, 0) AS unique_participants_identified,
    coalesce(people_counts.participant_joins, 0) AS participant_joins,
    coalesce(meeting_time.meeting_minutes, 0) AS meeting_minutes,
    coalesce(person_time.person_minutes, 0) AS person_minutes,
    ratio(meeting_counts.solo_meetings, meeting_counts.meetings) AS solo_meeting_rate,
    coalesce(meeting_peaks.peak, 0) AS peak_concurrent_meetings,
    meeting_peaks.peak_at AS peak_meetings_at,
    coalesce(people_peaks.peak, 0) AS peak_concurrent_people,
    people_peaks.peak_at AS peak_people_at,
    busiest_hours.busiest_start_hour_utc
FROM platforms
LEFT JOIN meeting_counts USING (platform)
LEFT JOIN unattended USING (platform)
LEFT JOIN people_counts USING (platform)
LEFT JOIN busiest_hours USING (platform)
LEFT JOIN meeting_time ON meeting_time.scope = platforms.platform
LEFT JOIN person_time ON person_time.scope = platforms.platform
LEFT JOIN meeting_peaks ON meeting_peaks.scope = platforms.platform
LEFT JOIN people_peaks ON people_peaks.scope = platforms.platform
