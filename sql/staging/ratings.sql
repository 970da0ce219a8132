-- table:   ratings
-- grain:   one row a customer and instant of an answer to "how satisfied are you?"
-- meaning: how satisfied customers said they were; there only where events have a value
SELECT
    customer_id,
    occurred_at,
    min(days_ago) AS days_ago,
    avg(value) AS rating
FROM touches
WHERE is_rating AND value IS NOT NULL
GROUP BY customer_id, occurred_at
