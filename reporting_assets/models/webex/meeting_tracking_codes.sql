-- A meeting's list of tracking codes, row by row; `code_place` keeps two codes of one name apart.
SELECT
    meeting_instance_id,
    place - 1 AS code_place,
    site_url,
    started_at AS meeting_started_at,
    code.name AS name,
    code.value AS value
FROM (
    SELECT
        meeting_instance_id,
        site_url,
        started_at,
        unnest(tracking_codes) AS code,
        generate_subscripts(tracking_codes, 1) AS place
    FROM webex.meeting_usage
    WHERE dt = $first_date
)
