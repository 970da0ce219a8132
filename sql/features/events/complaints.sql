-- family:  events
-- grain:   one row a customer with an event
-- source:  events
-- meaning: complaints, and what became of them
SELECT
    customer_id,
    --: Complaints that are not closed yet
    greatest(count(*) FILTER (WHERE is_complaint) - count(*) FILTER (WHERE is_complaint_closed), 0)
        AS complaints_open,
    --: The customer's last complaint is younger than their last visit
    coalesce(
        min(days_ago) FILTER (WHERE is_complaint) < min(days_ago) FILTER (WHERE is_visit), false
    ) AS complained_last,
FROM touches
GROUP BY customer_id
