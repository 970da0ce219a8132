-- table:   customers
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
        CAST(count(*) AS DOUBLE) AS lines,
        max(occurred_at) AS occurred_at
    FROM purchases
    WHERE category IS NOT NULL
    GROUP BY customer_id, category
),

-- Lists keep a customer's categories beside the last one without reading the lake twice or a window over every row.
lists AS (
    SELECT
        customer_id,
        first_value(category ORDER BY occurred_at DESC, lines DESC, category) AS last_category,
        array_agg(category) AS categories,
        array_agg(lines) AS lines
    FROM own
    GROUP BY customer_id
),

habits AS (
    SELECT
        customer_id,
        last_category,
        unnest(categories) AS category,
        unnest(lines) AS lines
    FROM lists
),

-- Categories that are known to follow others are those that follow themselves.
weighed AS (
    SELECT
        habits.customer_id,
        habits.category,
        habits.last_category,
        habits.lines + {{ others }} * coalesce(steps.share, 0) AS weight
    FROM (SELECT category FROM category_steps WHERE category = after) AS known
    INNER JOIN habits ON habits.category = known.category
    LEFT JOIN category_steps AS steps ON steps.after = habits.last_category AND steps.category = habits.category
),

liked AS (
    SELECT
        customer_id,
        first_value(category ORDER BY weight DESC, category) AS category,
        max(weight) AS weight,
        max(last_category) AS last_category
    FROM weighed
    GROUP BY customer_id
),

likeliest AS (
    SELECT
        after,
        max(share) AS share,
        first_value(category ORDER BY share DESC, category) AS category
    FROM category_steps
    GROUP BY after
)

SELECT
    liked.customer_id,
    --: Category to offer next: what the customer buys most, drawn to what others bought next
    CASE
        WHEN {{ others }} * likeliest.share > liked.weight THEN likeliest.category
        WHEN {{ others }} * likeliest.share = liked.weight AND likeliest.category < liked.category
            THEN likeliest.category
        ELSE liked.category
    END AS next_category,
FROM liked
LEFT JOIN likeliest ON likeliest.after = liked.last_category
{% else %}
SELECT
    customer_id,
    --: Category to offer next: not known, transactions have no `category`
    CAST(NULL AS VARCHAR) AS next_category,
FROM customer
{% endif %}
