-- How many meetings and webinars of the month used each feature, out of those whose report says whether they did.
WITH
captions AS (
    SELECT 'zoom' AS platform, meeting_uuid, has_automated_captions, has_manual_captions
    FROM zoom.meetings
    WHERE dt BETWEEN $first_date AND $last_date
    UNION ALL
    SELECT 'zoom' AS platform, webinar_uuid, has_automated_captions, has_manual_captions
    FROM zoom.webinars
    WHERE dt BETWEEN $first_date AND $last_date
),
instances AS (
    SELECT
        meetings.platform,
        meetings.is_webinar,
        meetings.host_key,
        meetings.actual_seconds,
        meetings.has_video AS video,
        meetings.has_screen_share AS screen_share,
        meetings.has_recording AS recording,
        meetings.has_poll AS poll,
        meetings.has_qa AS qa,
        meetings.has_survey AS survey,
        meetings.has_chat AS chat,
        meetings.has_pstn AS phone,
        meetings.has_voip AS computer_audio,
        meetings.has_sip AS room_system,
        captions.has_automated_captions AS automated_captions,
        captions.has_manual_captions AS manual_captions,
        meetings.has_external_participant AS external_participant
    FROM core.meetings AS meetings
    LEFT JOIN captions USING (platform, meeting_uuid)
    WHERE meetings.dt BETWEEN $first_date AND $last_date
),
uses AS (
    FROM instances
    UNPIVOT INCLUDE NULLS (
        is_used FOR feature IN (
            video, screen_share, recording, poll, qa, survey, chat, phone, computer_audio, room_system,
            automated_captions, manual_captions, external_participant
        )
    )
)
SELECT
    platform,
    feature,
    count(*) FILTER (WHERE NOT is_webinar) AS meetings,
    count(is_used) FILTER (WHERE NOT is_webinar) AS meetings_known,
    count(*) FILTER (WHERE NOT is_webinar AND is_used) AS meetings_with_feature,
    ratio(meetings_with_feature, meetings_known) AS meeting_adoption_rate,
    count(*) FILTER (WHERE is_webinar) AS webinars,
    count(is_used) FILTER (WHERE is_webinar) AS webinars_known,
    count(*) FILTER (WHERE is_webinar AND is_used) AS webinars_with_feature,
    ratio(webinars_with_feature, webinars_known) AS webinar_adoption_rate,
    count(DISTINCT host_key) FILTER (WHERE is_used) AS adopting_hosts,
    coalesce(sum(actual_seconds) FILTER (WHERE is_used), 0) / 60 AS minutes_with_feature
FROM uses
GROUP BY platform, feature
