-- The month's dates in the report time zone: two of them a year are an hour shorter or longer where clocks change.
WITH
dates AS (
    SELECT CAST(unnest(generate_series($first_date, $last_date, INTERVAL 1 DAY)) AS DATE) AS calendar_date
),
bounded AS (
    SELECT
        calendar_date,
        $report_timezone AS timezone,
        timezone($report_timezone, CAST(calendar_date AS TIMESTAMP)) AS begins_at,
        timezone($report_timezone, CAST(calendar_date + 1 AS TIMESTAMP)) AS ends_at
    FROM dates
)
SELECT
    calendar_date,
    timezone,
    begins_at,
    ends_at,
    seconds_between(begins_at, ends_at) AS length_seconds,
    year(calendar_date) AS calendar_year,
    quarter(calendar_date) AS calendar_quarter,
    month(calendar_date) AS calendar_month,
    day(calendar_date) AS day_of_month,
    isodow(calendar_date) AS iso_weekday,
    isoyear(calendar_date) AS iso_year,
    week(calendar_date) AS iso_week,
    dayname(calendar_date) AS weekday_name,
    CAST(date_trunc('week', calendar_date) AS DATE) AS week_start_date,
    isodow(calendar_date) <= 5 AS is_working_day
FROM bounded
