-- Meetings: sums of people's minutes, and shares of those sums.
WITH
parts AS (
    SELECT * FROM quality.participant_quality WHERE dt = $first_date
),
people AS (
    -- The worst of a person's streams decides.
    SELECT platform, meeting_uuid, person_key, coalesce(bool_or(is_affected), FALSE) AS is_affected
    FROM parts
    GROUP BY platform, meeting_uuid, person_key
    HAVING sum(classified_minutes) > 0
),
affected AS (
    SELECT platform, meeting_uuid, count(*) AS people, count(*) FILTER (WHERE is_affected) AS affected_people
    FROM people
    GROUP BY platform, meeting_uuid
),
streams AS (
    SELECT
        platform,
        meeting_uuid,
        stream,
        total_minutes(classified_minutes) AS classified_minutes,
        total_minutes(poor_minutes) AS poor_minutes,
        ratio(total_minutes(poor_minutes), total_minutes(classified_minutes)) AS poor_minute_share
    FROM parts
    GROUP BY platform, meeting_uuid, stream
),
worst AS (
    SELECT platform, meeting_uuid, stream AS worst_stream, poor_minute_share AS worst_stream_poor_minute_share
    FROM streams
    WHERE poor_minutes > 0
    QUALIFY row_number() OVER (
        PARTITION BY platform, meeting_uuid ORDER BY poor_minute_share DESC, poor_minutes DESC, stream
    ) = 1
),
sums AS (
    SELECT
        platform,
        meeting_uuid,
        any_value(meeting_started_at) AS meeting_started_at,
        any_value(sample_reason) AS sample_reason,
        any_value(is_representative) AS is_representative,
        any_value(quality_profile) AS quality_profile,
        total_minutes(good_minutes) AS good_minutes,
        total_minutes(fair_minutes) AS fair_minutes,
        total_minutes(poor_minutes) AS poor_minutes,
        total_minutes(bad_minutes) AS bad_minutes,
        total_minutes(classified_minutes) AS classified_minutes,
        total_minutes(unclassified_minutes) AS unclassified_minutes
    FROM parts
    GROUP BY platform, meeting_uuid
),
by_stream AS (
    SELECT
        platform,
        meeting_uuid,
        coalesce(sum(classified_minutes) FILTER (WHERE stream = 'audio'), 0) AS audio_classified_minutes,
        coalesce(sum(poor_minutes) FILTER (WHERE stream = 'audio'), 0) AS audio_poor_minutes,
        coalesce(sum(classified_minutes) FILTER (WHERE stream = 'video'), 0) AS video_classified_minutes,
        coalesce(sum(poor_minutes) FILTER (WHERE stream = 'video'), 0) AS video_poor_minutes,
        coalesce(sum(classified_minutes) FILTER (WHERE stream = 'screen_share'), 0) AS screen_share_classified_minutes,
        coalesce(sum(poor_minutes) FILTER (WHERE stream = 'screen_share'), 0) AS screen_share_poor_minutes
    FROM streams
    GROUP BY platform, meeting_uuid
),
labels AS (
    SELECT
        'zoom' AS platform,
        meeting_uuid,
        max(lower(audio_quality)) AS zoom_audio_label,
        max(lower(video_quality)) AS zoom_video_label,
        max(lower(screen_share_quality)) AS zoom_screen_share_label
    FROM (
        SELECT meeting_uuid, audio_quality, video_quality, screen_share_quality
        FROM zoom.meetings
        WHERE dt = $first_date
        UNION ALL
        SELECT webinar_uuid AS meeting_uuid, audio_quality, video_quality, screen_share_quality
        FROM zoom.webinars
        WHERE dt = $first_date
    )
    GROUP BY meeting_uuid
),
meetings AS (
    SELECT platform, meeting_uuid, is_webinar FROM core.meetings WHERE dt = $first_date
)
SELECT
    sums.*,
    meetings.is_webinar,
    coalesce(affected.people, 0) AS people,
    coalesce(affected.affected_people, 0) AS affected_people,
    ratio(affected.affected_people, affected.people) AS affected_participant_share,
    ratio(sums.poor_minutes, sums.classified_minutes) AS poor_minute_share,
    lasting_band(sums.classified_minutes, sums.good_minutes, sums.poor_minutes, sums.bad_minutes, $affected_pct) AS band,
    by_stream.* EXCLUDE (platform, meeting_uuid),
    worst.worst_stream,
    worst.worst_stream_poor_minute_share,
    labels.zoom_audio_label,
    labels.zoom_video_label,
    labels.zoom_screen_share_label
FROM sums
INNER JOIN by_stream USING (platform, meeting_uuid)
LEFT JOIN affected USING (platform, meeting_uuid)
LEFT JOIN worst USING (platform, meeting_uuid)
LEFT JOIN labels USING (platform, meeting_uuid)
LEFT JOIN meetings USING (platform, meeting_uuid)
