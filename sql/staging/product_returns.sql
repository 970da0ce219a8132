-- table:   product_returns
-- grain:   one row a customer and product, bought or returned
-- meaning: when a product was first bought and when it was last sent back; there only where returns are known
SELECT
    customer_id,
    product_id,
    max(days_ago) FILTER (WHERE is_return IS NOT TRUE) AS bought_days_ago,
    min(days_ago) FILTER (WHERE is_return IS TRUE) AS returned_days_ago
FROM transactions
WHERE product_id IS NOT NULL
GROUP BY customer_id, product_id
