-- table:   purchase_products
-- grain:   one row a customer and product; it lies on the day it was last bought
-- meaning: which products customers bought, how often and how long
SELECT
    customer_id,
    product_id,
    min(days_ago) AS days_ago,
    max(days_ago) AS first_days_ago,
    count(*) AS lines,
    CAST(sum(amount) AS DOUBLE) AS amount
FROM purchases
WHERE product_id IS NOT NULL
GROUP BY customer_id, product_id
