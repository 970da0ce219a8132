-- table:   facts
-- grain:   one row a customer with a purchase line of a known category
-- source:  transactions
-- meaning: the category to offer next, from the customer's own habit and from what others bought next
-- A customer's lines of a category, and as if there were 4 more as those buy next who last bought what the
-- customer last bought (`category_steps`): with few lines the others decide, with many the habit. Of all categories
-- that the customer never bought only the likeliest can win, so no more than that one is looked at.
{% set others = 4 %}
{% if has("transactions", "category") and has("transactions", "order_id") %}
WITH own AS (
    SELECT
        customer_id,
        category,
        count(*) AS lines,
        max(occurred_at) AS occurred_at
    FROM purchases
    WHERE category IS NOT NULL
    GROUP BY customer_id, category
),

habits AS (
    SELECT
        customer_id,
        category,
        lines,
        first_value(category) OVER (
            PARTITION BY customer_id
            ORDER BY occurred_at DESC, lines DESC, category
        ) AS last_category
    FROM own
),

-- Categories that are known to follow others are those that follow themselves.
weighed AS (
    SELECT
        customer_id,
        category,
        last_category,
        CAST(lines AS DOUBLE) + {{ others }} * coalesce(category_steps(last_category, category), 0) AS weight
    FROM habits
    WHERE category_steps(category, category) IS NOT NULL
),

ranked AS (
    SELECT
        customer_id,
        category,
        last_category,
        weight,
        CAST(row_number() OVER (PARTITION BY customer_id ORDER BY weight DESC, category) AS BIGINT) AS place
    FROM weighed
),

liked AS (
    SELECT
        customer_id,
        category,
        weight,
        category_steps_likeliest(last_category) AS likeliest,
        category_steps(last_category, category_steps_likeliest(last_category)) AS share
    FROM ranked
    WHERE place = 1
)

SELECT
    customer_id,
    --: Category to offer next: what the customer buys most, drawn to what others bought next
    max(
        CASE
            WHEN {{ others }} * share > weight THEN likeliest
            WHEN {{ others }} * share = weight AND likeliest < category THEN likeliest
            ELSE category
        END
    ) AS next_category,
FROM liked
GROUP BY customer_id
{% else %}
SELECT customer_id
FROM purchases
GROUP BY customer_id
{% endif %}
