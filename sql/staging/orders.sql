-- table:   orders
-- grain:   one row a customer and order; an order lies on the day of its last purchase line
-- meaning: purchase lines put together to orders
SELECT
    customer_id,
    order_id,
    max(occurred_at) AS occurred_at,
    min(days_ago) AS days_ago,
    count(*) AS lines,
    sum(quantity) AS quantity,
    CAST(sum(amount) AS DOUBLE) AS amount,
    CAST(max(amount) AS DOUBLE) AS line_amount_max,
FROM purchases
WHERE order_id IS NOT NULL
GROUP BY customer_id, order_id
