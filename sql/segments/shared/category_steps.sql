-- table:   category_steps
-- grain:   one row a category and one of the 20 likeliest to follow it, itself always among them
-- source:  transactions
-- meaning: of the orders that follow one mainly of category `after`, the share that is mainly of `category`
-- Shrunk to the shop's own shares: as if as many orders again as `prior` had followed as orders usually are.
{% set prior = 20 %}
{% set kept = 20 %}
{% if has("transactions", "category") and has("transactions", "order_id") %}
WITH lines AS (
    SELECT
        customer_id,
        order_id,
        category,
        max(occurred_at) AS occurred_at,
        count(*) AS lines
    FROM purchases
    WHERE order_id IS NOT NULL AND category IS NOT NULL
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

steps AS (
    SELECT
        category,
        lag(category) OVER (PARTITION BY customer_id ORDER BY occurred_at, order_id) AS after
    FROM mains
),

usual AS (
    SELECT
        category,
        orders / sum(orders) OVER () AS share,
        row_number() OVER (ORDER BY orders DESC, category) AS place
    FROM (SELECT category, CAST(count(*) AS DOUBLE) AS orders FROM steps GROUP BY category)
),

followed AS (
    SELECT after, category, CAST(count(*) AS DOUBLE) AS orders
    FROM steps
    WHERE after IS NOT NULL
    GROUP BY after, category
),

totals AS (
    SELECT after, sum(orders) AS orders FROM followed GROUP BY after
),

-- What followed, what is usual and the category itself: all that can be likely, however many categories there are.
pairs AS (
    SELECT after, category FROM followed
    UNION
    SELECT earlier.category AS after, usual.category
    FROM usual AS earlier
    CROSS JOIN usual
    WHERE usual.place <= {{ kept }}
    UNION
    SELECT category AS after, category FROM usual
),

shares AS (
    SELECT
        pairs.after,
        pairs.category,
        (coalesce(followed.orders, 0) + {{ prior }} * usual.share) / (coalesce(totals.orders, 0) + {{ prior }}) AS share
    FROM pairs
    INNER JOIN usual ON usual.category = pairs.category
    LEFT JOIN followed ON followed.after = pairs.after AND followed.category = pairs.category
    LEFT JOIN totals ON totals.after = pairs.after
)

SELECT after, category, share
FROM (
    SELECT *, row_number() OVER (PARTITION BY after ORDER BY share DESC, category) AS place
    FROM shares
)
WHERE place <= {{ kept }} OR category = after
ORDER BY after, category
{% else %}
SELECT CAST(NULL AS VARCHAR) AS after, CAST(NULL AS VARCHAR) AS category, CAST(NULL AS DOUBLE) AS share
WHERE false
{% endif %}
