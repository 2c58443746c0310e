"""Questions about call quality, rooms, telephone and storage, and about the reports themselves."""

from __future__ import annotations

from reporting_assets.commands.questions.question import Question

QUESTIONS = (
    Question(
        "Which office has bad audio?",
        """
        SELECT site, sum(people) AS person_days, round(sum(classified_minutes), 0) AS minutes,
               round(100 * sum(poor_minutes + bad_minutes) / nullif(sum(classified_minutes), 0), 1) AS poor_pct,
               count(*) FILTER (is_suppressed) AS days_not_shown
        FROM quality.site_daily WHERE stream = 'audio' GROUP BY site ORDER BY poor_pct DESC NULLS LAST, site LIMIT 10
        """,
        "Offices need addresses or locations, which only REPORTING_PRIVACY=full keeps: else all is `unknown`. Days with fewer "
        "than 5 people are not shown. Compare offices with each other: flagged meetings are over-represented in all.",
    ),
    Question(
        "Is call quality getting better or worse?",
        """
        SELECT dt AS day, platform, stream,
               round(100 * sum(representative_poor_minutes) / nullif(sum(representative_classified_minutes), 0), 2) AS poor_pct,
               round(sum(representative_classified_minutes), 0) AS representative_minutes,
               round(sum(classified_minutes), 0) AS all_minutes
        FROM quality.quality_daily GROUP BY ALL HAVING sum(classified_minutes) > 0
        ORDER BY day DESC, platform, stream LIMIT 30
        """,
        "Of the unbiased sample alone, since meetings that Zoom flagged are asked about more often: NULL where no such meeting "
        "was drawn, and shaky where its minutes are few.",
    ),
    Question(
        "Which rooms stand empty?",
        """
        SELECT room_name, location, sum(meetings) AS meetings, round(sum(used_hours), 1) AS used_hours,
               round(100 * sum(used_hours) FILTER (is_working_day) / nullif(sum(available_hours), 0), 1) AS used_pct,
               count(*) FILTER (is_working_day) AS working_days
        FROM utilization.room_daily
        WHERE dt > (SELECT max(dt) FROM utilization.room_daily) - INTERVAL 30 DAY
        GROUP BY room_id, room_name, location ORDER BY used_pct NULLS LAST, room_name LIMIT 10
        """,
        "Use is by meetings of the room's own device; people who sit there without it are not seen, and neither are bookings.",
    ),
    Question(
        "How much does the telephone cost, and what for?",
        """
        SELECT substr(CAST(dt AS VARCHAR), 1, 7) AS month, platform, call_type, coalesce(country, '(unknown)') AS country,
               sum(legs) AS legs, round(sum(leg_seconds) / 60, 0) AS minutes, sum(cost_usd) AS cost_usd
        FROM utilization.telephony_daily GROUP BY ALL
        ORDER BY month DESC, cost_usd DESC NULLS LAST, minutes DESC, call_type, country LIMIT 15
        """,
        "Zoom's own prices, in US dollars, by the day a leg began. Webex tells minutes, no costs: there NULL is unknown.",
    ),
    Question(
        "When will the storage for recordings be full?",
        """
        SELECT month, platform, round(used_bytes_last / 1e9, 1) AS used_gb, round(plan_bytes_last / 1e9, 1) AS plan_gb,
               round(100 * plan_used_rate, 1) AS used_pct, round(used_bytes_growth / 1e9, 2) AS growth_gb,
               CASE WHEN used_bytes_growth > 0
                    THEN round((plan_bytes_last - used_bytes_last) / used_bytes_growth * days_covered, 0) END AS days_left
        FROM utilization.recording_storage_monthly ORDER BY month DESC, platform
        """,
        "Storage is a stock: take the last value, never a sum. Days left assume that it goes on growing as in the days "
        "covered; NULL where it does not grow.",
    ),
    Question(
        "What does a vendor forget next that we do not have?",
        """
        SELECT report, min(last_date_to_ask) AS first_lost_after, count(DISTINCT report_partition) AS partitions,
               min(report_partition) AS first_partition, max(report_partition) AS last_partition,
               count(*) FILTER (state = 'partial') AS partial_days
        FROM platform.report_coverage WHERE state IN ('missing', 'partial') AND last_date_to_ask IS NOT NULL
        GROUP BY report ORDER BY first_lost_after, report LIMIT 20
        """,
        "After `first_lost_after` the vendor no longer answers for the first of these partitions: materialize the top rows "
        "first. Rows with `state = 'expired'` are lost already.",
    ),
)
