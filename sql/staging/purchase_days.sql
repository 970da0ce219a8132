-- table:   purchase_days
-- grain:   one row a customer and local day with a purchase line
-- meaning: the days on which customers bought
SELECT
    customer_id,
    occurred_on,
    min(days_ago) AS days_ago
FROM purchases
GROUP BY customer_id, occurred_on
