-- The account's UTC day, per vendor and over all. Meetings, people and joins belong to the day their meeting started;
-- minutes and concurrency to the clock: what a meeting begun before midnight goes on with counts here. Whatever is
-- counted for `all` is counted anew from rows that stand once under their vendor and once under `all`.
WITH
users AS (
    SELECT * FROM zoom.users WHERE dt = $first_date
),
user_ids AS (
    FROM users_by_email('users')
),
bounds AS (
    SELECT
        local_date_of($first_date, $report_timezone) AS local_date,
        midnight_of(local_date, $report_timezone) AS from_at,
        midnight_of(local_date + 1, $report_timezone) AS to_at
),
vendors AS (
    -- Whoever shows a meeting of these days, a user or a site was asked; of others nothing is known.
    SELECT DISTINCT platform FROM core.meetings WHERE dt BETWEEN $first_date - 3 AND $first_date
    UNION
    SELECT 'zoom' FROM users
    UNION
    SELECT 'webex' FROM webex.sites WHERE dt = $first_date
),
platforms AS (
    SELECT platform FROM vendors
    UNION ALL
    SELECT 'all'
),
meetings AS (
    SELECT
        platform,
        meeting_uuid,
        is_webinar,
        logical_meeting_key,
        is_solo,
        is_final,
        coalesce('u:' || user_ids.user_id, host_key) AS host_key,
        host_key AS vendors_host_key,
        started_at,
        start_local_hour
    FROM core.meetings
    LEFT JOIN user_ids ON core.meetings.host_key = 'e:' || user_ids.email
    WHERE dt = $first_date
),
meetings_on AS (
    SELECT * REPLACE (vendors_host_key AS host_key), platform AS vendor FROM meetings
    UNION ALL
    SELECT * REPLACE ('all' AS platform), platform AS vendor FROM meetings
),
meeting_counts AS (
    SELECT
        platform,
        count(*) FILTER (WHERE NOT is_webinar) AS meetings,
        count(DISTINCT (vendor, logical_meeting_key)) FILTER (WHERE NOT is_webinar) AS logical_meetings,
        count(*) FILTER (WHERE NOT is_webinar AND is_solo) AS solo_meetings,
        count(DISTINCT host_key) FILTER (WHERE NOT is_webinar) AS hosts,
        count(*) FILTER (WHERE NOT is_webinar AND NOT is_final) AS meetings_not_final,
        count(*) FILTER (WHERE is_webinar) AS webinars
    FROM meetings_on
    GROUP BY platform
),
attendance AS (
    SELECT
        platform,
        meeting_uuid,
        is_webinar,
        identity_confidence,
        join_count,
        coalesce('u:' || user_ids.user_id, person_key) AS person_key,
        person_key AS vendors_person_key
    FROM core.attendance
    LEFT JOIN user_ids ON person_key = 'e:' || user_ids.email
    WHERE dt = $first_date
),
attendance_on AS (
    SELECT * REPLACE (vendors_person_key AS person_key) FROM attendance
    UNION ALL
    SELECT * REPLACE ('all' AS platform) FROM attendance
),
people_counts AS (
    SELECT
        platform,
        count(DISTINCT person_key) FILTER (WHERE NOT is_webinar) AS unique_participants,
        count(DISTINCT person_key) FILTER (WHERE NOT is_webinar AND identity_confidence = 'strong')
            AS unique_participants_identified,
        sum(join_count) FILTER (WHERE NOT is_webinar) AS participant_joins,
        count(DISTINCT person_key) FILTER (WHERE is_webinar) AS webinar_unique_participants,
        sum(join_count) FILTER (WHERE is_webinar) AS webinar_participant_joins,
        count(DISTINCT person_key) AS unique_attendees,
        count(DISTINCT person_key) FILTER (WHERE identity_confidence = 'strong') AS unique_attendees_identified
    FROM attendance_on
    GROUP BY platform
),
unattended AS (
    SELECT meetings_on.platform, count(*) AS meetings_without_participants
    FROM meetings_on
    ANTI JOIN attendance
        ON attendance.platform = meetings_on.vendor AND attendance.meeting_uuid = meetings_on.meeting_uuid
    WHERE NOT meetings_on.is_webinar
    GROUP BY meetings_on.platform
),
starts_by_hour AS (
    SELECT platform, hour(started_at) AS start_hour, start_local_hour, count(*) AS starts
    FROM meetings_on
    WHERE NOT is_webinar
    GROUP BY ALL
),
busiest_hours AS (
    SELECT platform, start_hour AS busiest_start_hour_utc
    FROM (SELECT platform, start_hour, sum(starts) AS starts FROM starts_by_hour GROUP BY ALL)
    QUALIFY row_number() OVER (PARTITION BY platform ORDER BY starts DESC, start_hour) = 1
),
busiest_local_hours AS (
    SELECT platform, start_local_hour AS busiest_start_local_hour
    FROM (SELECT platform, start_local_hour, sum(starts) AS starts FROM starts_by_hour GROUP BY ALL)
    QUALIFY row_number() OVER (PARTITION BY platform ORDER BY starts DESC, start_local_hour) = 1
),
-- Minutes and peaks: what ran, and who was there, while the clock showed this day.
instances AS (
    SELECT platform, is_webinar, started_at AS begins_at, observed_until_at AS ends_at
    FROM core.meetings
    WHERE dt BETWEEN $first_date - 3 AND $first_date
),
instances_of_day AS (
    FROM spans_within('instances', $partition_start, $partition_end)
),
instance_spans AS (
    SELECT struct_pack(platform := platform, is_webinar := is_webinar) AS scope, begins_at, ends_at FROM instances_of_day
    UNION ALL
    SELECT struct_pack(platform := 'all', is_webinar := is_webinar) AS scope, begins_at, ends_at FROM instances_of_day
),
instance_peaks AS (
    FROM peak_concurrency('instance_spans')
),
instance_time AS (
    SELECT
        scope.platform AS platform,
        sum(seconds_between(begins_at, ends_at)) FILTER (WHERE NOT scope.is_webinar) / 60 AS meeting_minutes,
        sum(seconds_between(begins_at, ends_at)) FILTER (WHERE scope.is_webinar) / 60 AS webinar_minutes
    FROM instance_spans
    GROUP BY scope.platform
),
stays AS (
    SELECT
        struct_pack(platform := platform, meeting_uuid := meeting_uuid, is_webinar := is_webinar) AS scope,
        person_key AS member,
        joined_at AS begins_at,
        stayed_until_at AS ends_at
    FROM core.participant_sessions
    WHERE
        NOT is_waiting_room
        AND dt BETWEEN $first_date - 3 AND $first_date
        AND stayed_until_at > least($partition_start, (SELECT from_at FROM bounds))
),
presences AS (
    FROM merged_spans('stays', INTERVAL 0 SECOND)
),
presences_of_day AS (
    FROM spans_within('presences', $partition_start, $partition_end)
),
person_time AS (
    SELECT
        scope.platform AS platform,
        sum(seconds_between(begins_at, ends_at)) FILTER (WHERE NOT scope.is_webinar) / 60 AS person_minutes,
        sum(seconds_between(begins_at, ends_at)) FILTER (WHERE scope.is_webinar) / 60 AS webinar_person_minutes
    FROM presences_of_day
    GROUP BY scope.platform
),
presences_on AS (
    SELECT scope.platform AS platform, scope.is_webinar AS is_webinar, member, begins_at, ends_at FROM presences_of_day
    UNION ALL
    SELECT
        'all' AS platform,
        presences_of_day.scope.is_webinar AS is_webinar,
        coalesce('u:' || user_ids.user_id, presences_of_day.member) AS member,
        presences_of_day.begins_at,
        presences_of_day.ends_at
    FROM presences_of_day
    LEFT JOIN user_ids ON presences_of_day.member = 'e:' || user_ids.email
),
people_at_once AS (
    SELECT struct_pack(platform := platform, of := 'meetings') AS scope, member, begins_at, ends_at
    FROM presences_on
    WHERE NOT is_webinar
    UNION ALL
    SELECT struct_pack(platform := platform, of := 'both') AS scope, member, begins_at, ends_at FROM presences_on
),
people_spans AS (
    -- A person in two meetings at once is one person.
    FROM merged_spans('people_at_once', INTERVAL 0 SECOND)
),
people_peaks AS (
    FROM peak_concurrency('people_spans')
),
local_instances AS (
    FROM spans_within('instances', (SELECT from_at FROM bounds), (SELECT to_at FROM bounds))
),
local_presences AS (
    FROM spans_within('presences', (SELECT from_at FROM bounds), (SELECT to_at FROM bounds))
),
local_time AS (
    SELECT platform, sum(running) / 60 AS meeting_minutes, sum(attending) / 60 AS person_minutes
    FROM (
        SELECT platform, seconds_between(begins_at, ends_at) AS running, 0 AS attending
        FROM local_instances
        WHERE NOT is_webinar
        UNION ALL
        SELECT scope.platform AS platform, 0 AS running, seconds_between(begins_at, ends_at) AS attending
        FROM local_presences
        WHERE NOT scope.is_webinar
    )
    GROUP BY platform
),
time_on AS (
    -- Minutes add up over vendors.
    SELECT
        coalesce(platform, 'all') AS platform,
        sum(meeting_minutes) AS meeting_minutes,
        sum(webinar_minutes) AS webinar_minutes,
        sum(person_minutes) AS person_minutes,
        sum(webinar_person_minutes) AS webinar_person_minutes,
        sum(local_meeting_minutes) AS local_meeting_minutes,
        sum(local_person_minutes) AS local_person_minutes
    FROM (
        SELECT
            vendors.platform,
            instance_time.meeting_minutes,
            instance_time.webinar_minutes,
            person_time.person_minutes,
            person_time.webinar_person_minutes,
            local_time.meeting_minutes AS local_meeting_minutes,
            local_time.person_minutes AS local_person_minutes
        FROM vendors
        LEFT JOIN instance_time USING (platform)
        LEFT JOIN person_time USING (platform)
        LEFT JOIN local_time USING (platform)
    )
    GROUP BY GROUPING SETS ((platform), ())
),
active AS (
    SELECT platform, user_key, local_date FROM utilization.user_daily WHERE dt BETWEEN $first_date - 27 AND $first_date
    UNION
    SELECT 'all' AS platform, user_key, local_date FROM utilization.user_daily
    WHERE dt BETWEEN $first_date - 27 AND $first_date
),
active_days AS (
    SELECT platform, local_date, count(*) AS users FROM active GROUP BY ALL
),
working_days AS (
    -- From the first date that anybody was seen on: before that nothing is known.
    SELECT platform, count(*) FILTER (WHERE is_working_date(CAST(working_day AS DATE))) AS working_days
    FROM (
        SELECT platform, unnest(generate_series(min(local_date), (SELECT local_date FROM bounds), INTERVAL 1 DAY)) AS working_day
        FROM active_days
        GROUP BY platform
    )
    GROUP BY platform
),
active_counts AS (
    SELECT
        active.platform,
        count(DISTINCT user_key) FILTER (WHERE local_date = (SELECT local_date FROM bounds)) AS dau,
        count(DISTINCT user_key) FILTER (WHERE local_date > (SELECT local_date FROM bounds) - 7) AS wau,
        count(DISTINCT user_key) AS mau,
        count(DISTINCT local_date) AS mau_dates,
        ratio(
            ratio(count(*) FILTER (WHERE is_working_date(local_date)), any_value(working_days.working_days)),
            count(DISTINCT user_key)
        ) AS stickiness_rate
    FROM active
    INNER JOIN working_days USING (platform)
    GROUP BY active.platform
),
users_are_known AS (
    -- Webex names no users: without Zoom's list of them, who is one is unknown.
    SELECT platform, platform <> 'webex' OR EXISTS (FROM user_ids) AS are_known FROM platforms
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
    coalesce(time_on.meeting_minutes, 0) AS meeting_minutes,
    coalesce(time_on.person_minutes, 0) AS person_minutes,
    ratio(meeting_counts.solo_meetings, meeting_counts.meetings) AS solo_meeting_rate,
    coalesce(meeting_peaks.peak, 0) AS peak_concurrent_meetings,
    meeting_peaks.peak_at AS peak_meetings_at,
    coalesce(people_peaks.peak, 0) AS peak_concurrent_people,
    people_peaks.peak_at AS peak_people_at,
    busiest_hours.busiest_start_hour_utc,
    coalesce(meeting_counts.webinars, 0) AS webinars,
    coalesce(people_counts.webinar_unique_participants, 0) AS webinar_unique_participants,
    coalesce(people_counts.webinar_participant_joins, 0) AS webinar_participant_joins,
    coalesce(time_on.webinar_minutes, 0) AS webinar_minutes,
    coalesce(time_on.webinar_person_minutes, 0) AS webinar_person_minutes,
    coalesce(webinar_peaks.peak, 0) AS peak_concurrent_webinars,
    coalesce(people_counts.unique_attendees, 0) AS unique_attendees,
    coalesce(people_counts.unique_attendees_identified, 0) AS unique_attendees_identified,
    coalesce(attendee_peaks.peak, 0) AS peak_concurrent_attendees,
    attendee_peaks.peak_at AS peak_attendees_at,
    hour(timezone($report_timezone, meeting_peaks.peak_at)) AS peak_local_hour,
    busiest_local_hours.busiest_start_local_hour,
    bounds.local_date,
    coalesce(time_on.local_meeting_minutes, 0) AS local_meeting_minutes,
    coalesce(time_on.local_person_minutes, 0) AS local_person_minutes,
    CASE WHEN users_are_known.are_known THEN coalesce(active_counts.dau, 0) END AS dau,
    CASE WHEN users_are_known.are_known THEN coalesce(active_counts.wau, 0) END AS wau,
    CASE WHEN users_are_known.are_known THEN coalesce(active_counts.mau, 0) END AS mau,
    CASE WHEN users_are_known.are_known THEN coalesce(active_counts.mau_dates, 0) END AS mau_dates,
    CASE WHEN users_are_known.are_known THEN active_counts.stickiness_rate END AS stickiness_rate
FROM platforms
CROSS JOIN bounds
LEFT JOIN meeting_counts USING (platform)
LEFT JOIN unattended USING (platform)
LEFT JOIN people_counts USING (platform)
LEFT JOIN busiest_hours USING (platform)
LEFT JOIN busiest_local_hours USING (platform)
LEFT JOIN time_on USING (platform)
LEFT JOIN active_counts USING (platform)
LEFT JOIN users_are_known USING (platform)
LEFT JOIN instance_peaks AS meeting_peaks
    ON meeting_peaks.scope.platform = platforms.platform AND NOT meeting_peaks.scope.is_webinar
LEFT JOIN instance_peaks AS webinar_peaks
    ON webinar_peaks.scope.platform = platforms.platform AND webinar_peaks.scope.is_webinar
LEFT JOIN people_peaks
    ON people_peaks.scope.platform = platforms.platform AND people_peaks.scope.of = 'meetings'
LEFT JOIN people_peaks AS attendee_peaks
    ON attendee_peaks.scope.platform = platforms.platform AND attendee_peaks.scope.of = 'both'
