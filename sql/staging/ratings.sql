-- table:   ratings
-- grain:   one row a customer and instant of an answer to "how satisfied are you?"
-- meaning: satisfaction counted back from the last answer (nth_last 1); there only where events have a value
SELECT
    customer_id,
    occurred_at,
    min(days_ago) AS days_ago,
    avg(value) AS rating,
    CAST(row_number() OVER (PARTITION BY customer_id ORDER BY occurred_at DESC) AS BIGINT) AS nth_last
FROM touches
WHERE is_rating AND value IS NOT NULL
GROUP BY customer_id, occurred_at
