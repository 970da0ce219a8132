-- table:   order_steps
-- grain:   one row a customer and order
-- meaning: orders counted back from the last one (nth_last 1), each beside the one before it
SELECT
    *,
    CAST(row_number() OVER (PARTITION BY customer_id ORDER BY occurred_at DESC, order_id DESC) AS BIGINT) AS nth_last,
    lead(amount) OVER (PARTITION BY customer_id ORDER BY occurred_at DESC, order_id DESC) AS amount_before,
FROM orders
