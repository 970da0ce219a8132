-- family:  events
-- grain:   one row a customer with an event
-- source:  events
-- meaning: complaints, and what became of them
SELECT
    customer_id,
    --: Complaints that are not closed yet
    greatest(count(*) FILTER (WHERE is_complaint) - count(*) FILTER (WHERE is_complaint_closed), 0)
        AS complaints_open,
    --: Days for which the last complaint has been open, where one is
    CASE
        WHEN count(*) FILTER (WHERE is_complaint) > count(*) FILTER (WHERE is_complaint_closed)
            THEN min(days_ago) FILTER (WHERE is_complaint)
    END AS complaint_open_days,
    --: Share of the complaints that were closed
    CAST(count(*) FILTER (WHERE is_complaint_closed) AS DOUBLE)
        / nullif(count(*) FILTER (WHERE is_complaint), 0) AS complaints_closed_share_lifetime,
    --: Average days until a complaint was closed, where all are
    CASE
        WHEN count(*) FILTER (WHERE is_complaint) = count(*) FILTER (WHERE is_complaint_closed)
            THEN avg(days_ago) FILTER (WHERE is_complaint) - avg(days_ago) FILTER (WHERE is_complaint_closed)
    END AS complaint_close_days_avg_lifetime,
    --: The customer's last complaint is younger than their last visit
    coalesce(
        min(days_ago) FILTER (WHERE is_complaint) < min(days_ago) FILTER (WHERE is_visit), false
    ) AS complained_last,
FROM touches
GROUP BY customer_id
