-- family:  calendar
-- grain:   one row a customer with a purchase day
-- source:  transactions
-- meaning: whether a customer has a favourite hour of the day
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
    --: Share of all lines bought in the customer's favourite hour of the day
    max(lines) / sum(lines) AS hour_top_share_lifetime,
    --: How evenly the lines spread over the hours of the day (entropy, 0 = always the same)
    ln(sum(lines)) - sum(lines * ln(lines)) / sum(lines) AS hour_entropy_lifetime,
FROM hours
GROUP BY customer_id
