-- The hours of the Conference Room Connector's day, with the one of most ports marked.
SELECT
    'zoom' AS platform,
    usage_date,
    hour AS usage_hour,
    max_ports,
    connections,
    max_ports > 0
        AND row_number() OVER (PARTITION BY usage_date ORDER BY max_ports DESC, hour) = 1 AS is_peak_hour
FROM zoom.crc_ports
WHERE dt = $first_date
