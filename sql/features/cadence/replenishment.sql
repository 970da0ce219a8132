-- family:  cadence
-- grain:   one row a customer with a product
-- source:  transactions
-- meaning: which of the products bought again and again are due once more
WITH products AS (
    SELECT
        customer_id,
        days_ago,
        lines,
        CASE WHEN lines >= 2 AND first_days_ago > days_ago THEN days_ago END AS regular_days_ago,
        CAST(first_days_ago - days_ago AS DOUBLE) / nullif(lines - 1, 0) AS reorder_days
    FROM purchase_products
)

SELECT
    customer_id,
    --: Days since the customer last bought a product that they had bought on an earlier day
    min(regular_days_ago) AS days_since_reorder,
    --: Average days after which the customer buys a product again
    avg(reorder_days) FILTER (WHERE reorder_days > 0) AS product_reorder_days_avg,
    --: Products bought again and again that are due by the customer's own rhythm
    count(*) FILTER (WHERE reorder_days > 0 AND regular_days_ago >= reorder_days) AS products_due,
    --: Share of the products bought again and again that are due by the customer's own rhythm
    CAST(count(*) FILTER (WHERE reorder_days > 0 AND regular_days_ago >= reorder_days) AS DOUBLE)
        / nullif(count(regular_days_ago), 0) AS products_due_share,
FROM products
GROUP BY customer_id
