-- table:   customers
-- grain:   one row a customer with a purchase line of a known category
-- source:  transactions
-- meaning: the category to offer next, from the customer's own habit and from what others bought next
-- A customer's lines of a category, and as if there were 4 more as those buy next who last bought what the
-- customer last bought (`category_steps`): with few lines the others decide, with many the habit.
{% set others = 4 %}
{% if has("transactions", "category") and has("transactions", "order_id") %}
WITH own AS (
    SELECT
        customer_id,
        category,
        CAST(count(*) AS DOUBLE) AS lines,
        max(occurred_at) AS occurred_at
    FROM purchases
    WHERE category IS NOT NULL
    GROUP BY customer_id, category
),

habits AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY customer_id ORDER BY occurred_at DESC, lines DESC, category) = 1 AS is_last
    FROM own
),

weights AS (
    SELECT
        habits.customer_id,
        steps.category,
        sum(
            CASE WHEN steps.category = habits.category THEN habits.lines ELSE 0 END
            + CASE WHEN habits.is_last THEN {{ others }} * steps.share ELSE 0 END
        ) AS weight
    FROM category_steps AS steps
    INNER JOIN habits ON habits.category = steps.after
    WHERE habits.is_last OR steps.category = habits.category
    GROUP BY habits.customer_id, steps.category
)

SELECT
    customer_id,
    --: Category to offer next: what the customer buys most, drawn to what others bought next
    first_value(category ORDER BY weight DESC, category) AS next_category,
FROM weights
GROUP BY customer_id
{% else %}
SELECT
    customer_id,
    --: Category to offer next: not known, transactions have no `category`
    CAST(NULL AS VARCHAR) AS next_category,
FROM customer
{% endif %}
