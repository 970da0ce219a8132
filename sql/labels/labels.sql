-- table:   labels
-- grain:   one row a customer who was eligible at the cutoff
-- meaning: what happened; a customer without rows in the horizon gets what the outcome says of no rows
SELECT
    eligible.customer_id,
    coalesce(outcome.label, {{ over_no_rows }}) AS label
FROM (SELECT customer_id FROM features WHERE {{ eligible }}) AS eligible
LEFT JOIN outcome ON outcome.customer_id = eligible.customer_id
ORDER BY eligible.customer_id
