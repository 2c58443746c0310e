-- Storage that cloud recordings take: the month's last day and the mean of its days, never their sum.
WITH
days AS (
    SELECT * FROM zoom.cloud_recording WHERE month = strftime($first_date, '%Y-%m')
)
SELECT
    'zoom' AS platform,
    count(DISTINCT usage_date) AS days_covered,
    min(usage_date) AS first_date,
    max(usage_date) AS last_date,
    arg_max_null(used_bytes, usage_date) AS used_bytes_last,
    avg(used_bytes) AS used_bytes_mean,
    max(used_bytes) AS used_bytes_max,
    arg_max_null(used_bytes, usage_date) - arg_min_null(used_bytes, usage_date) AS used_bytes_growth,
    arg_max_null(plan_bytes, usage_date) AS plan_bytes_last,
    arg_max_null(free_bytes, usage_date) AS free_bytes_last,
    ratio(
        arg_max_null(used_bytes, usage_date),
        arg_max_null(plan_bytes, usage_date) + arg_max_null(free_bytes, usage_date)
    ) AS plan_used_rate
FROM days
HAVING count(*) > 0
