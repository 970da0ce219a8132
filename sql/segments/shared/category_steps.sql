-- table:   category_steps
-- grain:   one row a category and one of the 20 likeliest to follow it, itself always among them
-- source:  transactions
-- meaning: of the orders that follow one mainly of category `after`, the share that is mainly of `category`
-- Shrunk to the shop's own shares: as if as many orders again as `prior` had followed as orders usually are.
{% set prior = 20 %}
{% set kept = 20 %}
{% if has("transactions", "category") and has("transactions", "order_id") %}
WITH usual AS (
    SELECT
        category,
        orders / sum(orders) OVER () AS share,
        row_number() OVER (ORDER BY orders DESC, category) AS place
    FROM (SELECT category, sum(orders) AS orders FROM category_orders GROUP BY category)
),

followed AS (
    SELECT after, category, orders FROM category_orders WHERE after IS NOT NULL
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
