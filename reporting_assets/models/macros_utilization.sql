-- What the tables of usage share: local dates, and spans cut to a window.

-- The date of `timezone` that a day partition stands for where people's days count: the latest that is over when the
-- UTC day is, so that nothing of a later partition is needed. West of Greenwich that is the date before, in summer too
-- where clocks reach it, so that days and dates pair up one to one.
CREATE OR REPLACE TEMP MACRO is_behind_utc(instant, timezone) AS
    timezone(timezone, instant) < timezone('UTC', instant);

CREATE OR REPLACE TEMP MACRO local_date_of(utc_date, timezone) AS
    utc_date - CAST(
        is_behind_utc(make_timestamptz(year(utc_date), 1, 1, 0, 0, 0, 'UTC'), timezone)
        OR is_behind_utc(make_timestamptz(year(utc_date), 7, 1, 0, 0, 0, 'UTC'), timezone)
        AS INTEGER
    );

-- The moment a local date begins.
CREATE OR REPLACE TEMP MACRO midnight_of(local_date, timezone) AS
    timezone(timezone, CAST(local_date AS TIMESTAMP));

-- Monday to Friday; holidays are not known.
CREATE OR REPLACE TEMP MACRO is_working_date(day) AS isodow(day) <= 5;

-- What of the spans lies in [from_at, to_at).
CREATE OR REPLACE TEMP MACRO spans_within(spans, from_at, to_at) AS TABLE
    SELECT
        * REPLACE (
            CASE WHEN begins_at < from_at THEN from_at ELSE begins_at END AS begins_at,
            CASE WHEN ends_at > to_at THEN to_at ELSE ends_at END AS ends_at
        )
    FROM query_table(spans)
    WHERE begins_at < to_at AND ends_at > from_at AND ends_at > begins_at;

-- Who is a user of the account, out of `snapshots` (the rows of `zoom.users`): the last one taken.
CREATE OR REPLACE TEMP MACRO listed_users(snapshots) AS TABLE
    SELECT
        nullif(trim(user_id), '') AS user_id,
        text_key(email) AS email,
        user_key,
        display_name,
        nullif(trim(department), '') AS department,
        license_type,
        status,
        user_created_at,
        dt
    FROM query_table(snapshots)
    QUALIFY dt = max(dt) OVER ();

-- Which user an address belongs to, out of the same: reports that tell no ids tell addresses.
CREATE OR REPLACE TEMP MACRO users_by_email(snapshots) AS TABLE
    SELECT email, min(user_id) AS user_id
    FROM listed_users(snapshots)
    WHERE email IS NOT NULL AND user_id IS NOT NULL
    GROUP BY email;
