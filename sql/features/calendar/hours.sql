-- family:  calendar
-- grain:   one row a customer with a purchase day
-- source:  transactions
-- meaning: whether a customer buys at the same hour of the day
WITH hours AS (
    SELECT
        customer_id,
        local_hour,
        CAST(count(*) AS DOUBLE) AS lines
    FROM purchases
    GROUP BY customer_id, local_hour
)

SELECT
    customer_id,
    --: How evenly the lines spread over the hours of the day (entropy, 0 = always the same)
    ln(sum(lines)) - sum(lines * ln(lines)) / sum(lines) AS hour_entropy_lifetime,
FROM hours
GROUP BY customer_id
