-- family:  calendar
-- grain:   one row a customer with a purchase day
-- source:  transactions
-- meaning: whether a customer has a favourite weekday
WITH weekdays AS (
    SELECT
        customer_id,
        weekday,
        CAST(count(*) AS DOUBLE) AS lines
    FROM purchases
    GROUP BY customer_id, weekday
)

SELECT
    customer_id,
    --: Share of all lines bought on the customer's favourite weekday
    max(lines) / sum(lines) AS weekday_top_share_lifetime,
    --: How evenly the lines spread over the weekdays (entropy, 0 = always the same)
    ln(sum(lines)) - sum(lines * ln(lines)) / sum(lines) AS weekday_entropy_lifetime,
FROM weekdays
GROUP BY customer_id
