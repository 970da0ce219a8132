-- table:   purchase_months
-- grain:   one row a customer and month with a purchase line; a month is 30 days, counted back from the cutoff
-- meaning: in which months customers bought, month 0 being the last 30 days
SELECT
    customer_id,
    CAST(floor((days_ago - 1) / 30.0) AS BIGINT) AS month_no,
    min(days_ago) AS days_ago,
    CAST(count(*) AS DOUBLE) AS lines,
    CAST(sum(amount) AS DOUBLE) AS amount
FROM purchases
GROUP BY customer_id, CAST(floor((days_ago - 1) / 30.0) AS BIGINT)
