-- family:  recency
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: for how long a customer has been silent
SELECT
    customer_id,
    --: Days since the customer last bought
    min(days_ago) AS days_since_last_order,
FROM purchases
GROUP BY customer_id
