-- table:   visit_days
-- grain:   one row a customer and local day with a visit
-- meaning: the days on which customers visited
SELECT
    customer_id,
    occurred_on,
    min(days_ago) AS days_ago,
    count(*) AS visits
FROM touches
WHERE is_visit
GROUP BY customer_id, occurred_on
