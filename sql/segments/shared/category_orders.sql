-- table:   category_orders
-- grain:   one row a category and the one before it; `after` is NULL for a customer's first order
-- source:  transactions
-- meaning: orders mainly of `category` that followed one mainly of `after`
-- Of the newest million lines, which are enough: fewer days where a shop sells much.
{% set enough = 1000000 %}
{% if has("transactions", "category") and has("transactions", "order_id") %}
WITH days AS (
    SELECT
        days_ago,
        count(*) AS lines
    FROM purchases
    GROUP BY days_ago
),

reach AS (
    SELECT max(days_ago) AS days
    FROM (SELECT days_ago, lines, sum(lines) OVER (ORDER BY days_ago) AS so_far FROM days)
    WHERE so_far - lines < {{ enough }}
),

lines AS (
    SELECT
        customer_id,
        order_id,
        category,
        max(occurred_at) AS occurred_at,
        count(*) AS lines
    FROM purchases
    WHERE
        order_id IS NOT NULL
        AND category IS NOT NULL
        AND days_ago <= (SELECT days FROM reach)
    GROUP BY customer_id, order_id, category
),

mains AS (
    SELECT
        customer_id,
        order_id,
        max(occurred_at) AS occurred_at,
        first_value(category ORDER BY lines DESC, category) AS category
    FROM lines
    GROUP BY customer_id, order_id
),

-- One window over all orders, and not one for each customer, of whom most have few orders.
steps AS (
    SELECT
        category,
        CASE WHEN lag(customer_id) OVER earlier = customer_id THEN lag(category) OVER earlier END AS after
    FROM mains
    WINDOW earlier AS (ORDER BY customer_id, occurred_at, order_id)
)

SELECT
    after,
    category,
    CAST(count(*) AS DOUBLE) AS orders
FROM steps
GROUP BY after, category
ORDER BY after, category
{% else %}
SELECT CAST(NULL AS VARCHAR) AS after, CAST(NULL AS VARCHAR) AS category, CAST(NULL AS DOUBLE) AS orders
WHERE false
{% endif %}
