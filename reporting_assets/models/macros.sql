-- SQL that several models share, each rule in one place. Run on a connection before any model.
--
-- A relation of spans has the columns `scope` (within which to count), `begins_at`, `ends_at`, and where people matter
-- `member`. Spans are half-open, [begins_at, ends_at): at one and the same instant a leave comes before a join. Spans
-- that are empty, reversed or without a known end take no time and are dropped here, so callers need not.
-- Relations are passed by name: FROM merged_spans('stays', INTERVAL 0 SECOND).

-- Text as a key: one spelling for what people type in many. NULL where nothing is left.
CREATE OR REPLACE TEMP MACRO text_key(value) AS
    nullif(trim(lower(regexp_replace(nfkc(value), '\s+', ' ', 'g'))), '');

-- Whole seconds from one moment to another; every vendor's clock ticks in seconds.
CREATE OR REPLACE TEMP MACRO seconds_between(begins_at, ends_at) AS
    CAST(round((epoch_us(ends_at) - epoch_us(begins_at)) / 1e6) AS BIGINT);

-- Whole seconds of a span that fall in [from_at, to_at); NULL where that is unknown.
CREATE OR REPLACE TEMP MACRO seconds_within(begins_at, ends_at, from_at, to_at) AS
    CASE
        WHEN begins_at IS NOT NULL AND ends_at IS NOT NULL AND from_at IS NOT NULL AND to_at IS NOT NULL
            THEN greatest(0, seconds_between(greatest(begins_at, from_at), least(ends_at, to_at)))
    END;

-- A ratio whose denominator is zero or unknown is unknown.
CREATE OR REPLACE TEMP MACRO ratio(numerator, denominator) AS
    CAST(numerator AS DOUBLE) / nullif(CAST(denominator AS DOUBLE), 0);

-- How far our total lies above (+) or below (-) the vendor's, as a share of the vendor's.
CREATE OR REPLACE TEMP MACRO relative_difference(ours, vendors) AS
    ratio(CAST(ours AS DOUBLE) - CAST(vendors AS DOUBLE), vendors);

-- Minutes are stored as fractions; adding them up as whole seconds gives the same sum in any order.
CREATE OR REPLACE TEMP MACRO total_minutes(minutes) AS
    CAST(sum(CAST(round(minutes * 60) AS BIGINT)) AS DOUBLE) / 60;

-- Names that say nothing about who it is: devices and their models, Zoom's stand-ins, roles, telephone numbers, anything
-- without a letter. `name` is a text_key. A device that carries a name, as in "anna's iphone", is not generic.
CREATE OR REPLACE TEMP MACRO is_generic_name(name) AS
    name IS NULL
    OR NOT regexp_matches(regexp_replace(name, '[x*]', '', 'g'), '\p{L}')
    OR regexp_full_match(
        name,
        '((my|the|apple|google) )?(iphone|ipad|ipod|galaxy|samsung|android|pixel|huawei|xiaomi|redmi|oneplus|oppo|vivo'
        || '|macbook|imac|sm-[a-z0-9]+)'
        || '( (pro|max|plus|ultra|mini|air|note|tab|fold|flip|lite|se|xr|xs|fe|galaxy|pixel|redmi|phone|touch|[0-9]g'
        || '|[a-z]?[0-9]+[a-z]?))*( ?[(#-]?[0-9]+\)?)?'
    )
    OR regexp_full_match(
        name,
        '(my |the )?(phone|mobile|tablet|laptop|pc|desktop|computer|mac|windows|chromebook|telephone|zoom|(zoom ?)?user'
        || '|guest|guest user|anonymous|anonymous (attendee|user|participant|guest)|unknown|unknown user|participant'
        || '|attendee|host|owner|admin|test|me|name|your name|no name|n/a|na|none|null|room|conference room|meeting room'
        || '|(call[- ]?in|dial[- ]?in|phone|telephone|audio|h\.?323|sip)[ _-]*(user|participant|caller|number))'
        || '([ _#(-]*[0-9]+\)?)?'
    );

-- What became of a person: absent below `partial_pct` of the window, present from `present_pct` when joined in time,
-- otherwise partial. Offsets count from the start of the window; an unknown or empty window gives NULL.
CREATE OR REPLACE TEMP MACRO attendance_status(
    attended_seconds, first_join_offset_seconds, window_seconds, present_pct, partial_pct, late_grace_seconds
) AS
    CASE
        WHEN ratio(100 * attended_seconds, window_seconds) IS NULL THEN NULL
        WHEN ratio(100 * attended_seconds, window_seconds) < partial_pct THEN 'absent'
        WHEN first_join_offset_seconds IS NULL THEN 'absent'
        WHEN ratio(100 * attended_seconds, window_seconds) < present_pct THEN 'partial'
        WHEN first_join_offset_seconds > late_grace_seconds THEN 'partial'
        ELSE 'present'
    END;

-- Each member's spans within a scope, joined where they overlap, touch, or lie at most `gap` apart.
CREATE OR REPLACE TEMP MACRO merged_spans(spans, gap) AS TABLE
    WITH
    openings AS (
        SELECT
            scope,
            member,
            begins_at,
            ends_at,
            begins_at > gap + max(ends_at) OVER (
                PARTITION BY scope, member ORDER BY begins_at, ends_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS is_opening
        FROM query_table(spans)
        WHERE ends_at > begins_at
    ),
    clusters AS (
        SELECT
            scope,
            member,
            begins_at,
            ends_at,
            count(*) FILTER (WHERE is_opening) OVER (
                PARTITION BY scope, member ORDER BY begins_at, ends_at ROWS UNBOUNDED PRECEDING
            ) AS cluster
        FROM openings
    )
    SELECT scope, member, min(begins_at) AS begins_at, max(ends_at) AS ends_at
    FROM clusters
    GROUP BY scope, member, cluster;

-- The most spans open at once per scope, and the first moment that many were. Leaves and joins of one instant are
-- netted, so that neither their order nor the order of the rows matters.
CREATE OR REPLACE TEMP MACRO peak_concurrency(spans) AS TABLE
    WITH
    events AS (
        SELECT scope, begins_at AS happens_at, 1 AS change FROM query_table(spans) WHERE ends_at > begins_at
        UNION ALL
        SELECT scope, ends_at AS happens_at, -1 AS change FROM query_table(spans) WHERE ends_at > begins_at
    ),
    changes AS (
        SELECT scope, happens_at, sum(change) AS change FROM events GROUP BY scope, happens_at
    ),
    levels AS (
        SELECT
            scope,
            happens_at,
            sum(change) OVER (PARTITION BY scope ORDER BY happens_at ROWS UNBOUNDED PRECEDING) AS level
        FROM changes
    )
    SELECT scope, CAST(level AS BIGINT) AS peak, happens_at AS peak_at
    FROM levels
    QUALIFY row_number() OVER (PARTITION BY scope ORDER BY level DESC, happens_at) = 1;

-- Spans cut at every midnight of `timezone`: one row per span and local date it touches.
CREATE OR REPLACE TEMP MACRO spans_by_date(spans, timezone) AS TABLE
    WITH
    dated AS (
        SELECT
            *,
            unnest(
                generate_series(
                    date_trunc('day', timezone(timezone, begins_at)),
                    timezone(timezone, ends_at - INTERVAL 1 MICROSECOND),
                    INTERVAL 1 DAY
                )
            ) AS local_midnight
        FROM query_table(spans)
        WHERE ends_at > begins_at
    ),
    bounded AS (
        SELECT
            *,
            timezone(timezone, local_midnight) AS from_at,
            timezone(timezone, local_midnight + INTERVAL 1 DAY) AS to_at
        FROM dated
    )
    SELECT
        * EXCLUDE (local_midnight, from_at, to_at)
        REPLACE (
            CASE WHEN begins_at < from_at THEN from_at ELSE begins_at END AS begins_at,
            CASE WHEN ends_at > to_at THEN to_at ELSE ends_at END AS ends_at
        ),
        CAST(local_midnight AS DATE) AS local_date
    FROM bounded;

-- Who is who within a scope. Input: `scope` and `strong_keys`, a list of the keys on one row, strongest first, written
-- so that a stronger key sorts before a weaker one. Rows that share a key, directly or through other rows, are one
-- person. Output: `scope`, `strong_key`, `person`: for every key the smallest, hence strongest, key of its person.
-- Labels travel along shared keys until none changes; most people settle in the first round.
CREATE OR REPLACE TEMP MACRO persons_by_key(keyed_rows) AS TABLE
    WITH RECURSIVE
    key_sets AS (
        SELECT DISTINCT scope, strong_keys FROM query_table(keyed_rows) WHERE len(strong_keys) > 0
    ),
    links AS (
        SELECT scope, strong_keys[1] AS strong_key, unnest(strong_keys[2:]) AS linked_key FROM key_sets
        UNION
        SELECT scope, unnest(strong_keys[2:]) AS strong_key, strong_keys[1] AS linked_key FROM key_sets
    ),
    labels (scope, strong_key, person) USING KEY (scope, strong_key) AS (
        SELECT DISTINCT scope, unnest(strong_keys) AS strong_key, strong_key AS person FROM key_sets
        UNION
        SELECT links.scope, links.linked_key, min(labels.person)
        FROM labels
        INNER JOIN links ON links.scope = labels.scope AND links.strong_key = labels.strong_key
        INNER JOIN recurring.labels AS known ON known.scope = links.scope AND known.strong_key = links.linked_key
        WHERE labels.person < known.person
        GROUP BY links.scope, links.linked_key
    )
    SELECT scope, strong_key, person FROM labels;
