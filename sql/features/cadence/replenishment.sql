-- family:  cadence
-- grain:   one row a customer who bought a product on two days
-- source:  transactions
-- meaning: which of the products bought again and again are due once more
WITH products AS (
    SELECT
        customer_id,
        days_ago,
        CAST(first_days_ago - days_ago AS DOUBLE) / (lines - 1) AS reorder_days
    FROM purchase_products
    WHERE first_days_ago > days_ago
)

SELECT
    customer_id,
    --: Average days after which the customer buys a product again
    avg(reorder_days) AS product_reorder_days_avg,
    --: Products bought again and again that are due by the customer's own rhythm
    count(*) FILTER (WHERE days_ago >= reorder_days) AS products_due,
FROM products
GROUP BY customer_id
