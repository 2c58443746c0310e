-- The states of each user that the month's daily snapshots show. Days without a snapshot say nothing: a state seen
-- before and after them went on. Snapshots before the month only tell whether its first states are new.
WITH
snapshots AS (
    SELECT
        dt,
        -- A pending user has no id yet; once there is one, it is the same user by the address.
        coalesce(
            nullif(trim(user_id), ''), min(nullif(trim(user_id), '')) OVER (PARTITION BY text_key(email)), user_key
        ) AS user_key,
        nullif(trim(user_id), '') AS user_id,
        text_key(email) AS email,
        display_name,
        status,
        license_type,
        department,
        personal_meeting_number,
        timezone,
        _ingested_at
    FROM zoom.users
    WHERE dt BETWEEN $first_date - 31 AND $last_date
),
taken AS (
    SELECT dt, row_number() OVER (ORDER BY dt) AS place, dt = max(dt) OVER () AND dt >= $first_date AS is_last
    FROM (SELECT DISTINCT dt FROM snapshots)
),
listed AS (
    SELECT snapshots.*, taken.place, taken.is_last, struct_pack(status, license_type, department) AS state
    FROM snapshots
    INNER JOIN taken USING (dt)
    -- Listed under two statuses on one day, a user is what the later status says.
    QUALIFY row_number() OVER (PARTITION BY snapshots.dt, user_key ORDER BY status = 'pending', status, email) = 1
),
compared AS (
    SELECT
        *,
        coalesce(
            lag(place) OVER user_days = place - 1 AND lag(state) OVER user_days IS NOT DISTINCT FROM state, FALSE
        ) AS is_same,
        lag(dt) OVER user_days AS previous_dt,
        coalesce(lead(place) OVER user_days = place + 1, FALSE) AS is_listed_next
    FROM listed
    WINDOW user_days AS (PARTITION BY user_key ORDER BY dt)
),
numbered AS (
    SELECT
        *,
        count(*) FILTER (WHERE NOT is_same OR previous_dt < $first_date) OVER (
            PARTITION BY user_key ORDER BY dt ROWS UNBOUNDED PRECEDING
        ) AS version
    FROM compared
    WHERE dt >= $first_date
),
versions AS (
    SELECT
        user_key,
        max_by([user_id], dt)[1] AS user_id,
        max_by([email], dt)[1] AS email,
        max_by([display_name], dt)[1] AS display_name,
        any_value(status) AS status,
        any_value(license_type) AS license_type,
        any_value(department) AS department,
        max_by([personal_meeting_number], dt)[1] AS personal_meeting_number,
        max_by([timezone], dt)[1] AS timezone,
        min(dt) AS valid_from_date,
        max(dt) AS last_date,
        bool_or(is_last) AS is_current,
        min_by(is_same, dt) AS is_same_as_before,
        min(place) AS first_place,
        max_by(is_listed_next, dt) AS is_listed_next,
        count(*) AS snapshot_days,
        min_by(_ingested_at, dt) AS first_taken_at
    FROM numbered
    GROUP BY user_key, version
)
SELECT
    'zoom' AS platform,
    user_key,
    user_id,
    email,
    display_name,
    status,
    license_type,
    CASE license_type WHEN 1 THEN 'basic' WHEN 2 THEN 'licensed' WHEN 4 THEN 'unassigned' WHEN 99 THEN 'none' END
        AS license,
    department,
    personal_meeting_number,
    timezone,
    valid_from_date,
    CASE WHEN NOT is_current THEN last_date END AS valid_to_date,
    is_current,
    CASE WHEN first_place > 1 THEN is_same_as_before END AS is_continuation,
    CASE WHEN is_current THEN NULL WHEN is_listed_next THEN 'changed' ELSE 'removed' END AS end_reason,
    snapshot_days,
    first_taken_at < CAST(valid_from_date AS TIMESTAMPTZ) + INTERVAL 2 DAY AS is_taken_in_time
FROM versions
