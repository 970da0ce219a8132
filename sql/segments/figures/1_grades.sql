-- table:   figures
-- grain:   one row: the whole shop
-- meaning: from which value on a customer is in each fifth, and how many buyers and how much money there are
-- Of n buyers one is in the fifth 1 + floor(5 * w / n), where w of them are worse: equal values, equal scores.
-- The one row comes first in each CROSS JOIN: what comes first is held, and what follows it stays whole batches.
WITH buyers AS (
    SELECT
        days_since_purchase,
        orders,
        {{ "revenue" if has("facts", "revenue") else "CAST(NULL AS DOUBLE)" }} AS revenue
    FROM facts
    WHERE purchase_days > 0
),

shop AS (
    SELECT
        count(*) AS buyers,
        CAST(sum(CAST(revenue AS DECIMAL(28, 6))) AS DOUBLE) AS revenue
    FROM buyers
),

recency AS (
    SELECT
        max(value) FILTER (WHERE 5 * worse >= n) AS recency_2,
        max(value) FILTER (WHERE 5 * worse >= 2 * n) AS recency_3,
        max(value) FILTER (WHERE 5 * worse >= 3 * n) AS recency_4,
        max(value) FILTER (WHERE 5 * worse >= 4 * n) AS recency_5
    FROM (SELECT buyers AS n FROM shop)
    CROSS JOIN (
        SELECT
            value,
            CAST(sum(buyers) OVER (ORDER BY value DESC) AS BIGINT) - buyers AS worse
        FROM (SELECT days_since_purchase AS value, count(*) AS buyers FROM buyers GROUP BY days_since_purchase)
    )
),

frequency AS (
    SELECT
        min(value) FILTER (WHERE 5 * worse >= n) AS frequency_2,
        min(value) FILTER (WHERE 5 * worse >= 2 * n) AS frequency_3,
        min(value) FILTER (WHERE 5 * worse >= 3 * n) AS frequency_4,
        min(value) FILTER (WHERE 5 * worse >= 4 * n) AS frequency_5
    FROM (SELECT buyers AS n FROM shop)
    CROSS JOIN (
        SELECT
            value,
            CAST(sum(buyers) OVER (ORDER BY value) AS BIGINT) - buyers AS worse
        FROM (SELECT orders AS value, count(*) AS buyers FROM buyers GROUP BY orders)
    )
),

monetary AS (
    SELECT
        min(value) FILTER (WHERE 5 * worse >= n) AS monetary_2,
        min(value) FILTER (WHERE 5 * worse >= 2 * n) AS monetary_3,
        min(value) FILTER (WHERE 5 * worse >= 3 * n) AS monetary_4,
        min(value) FILTER (WHERE 5 * worse >= 4 * n) AS monetary_5
    FROM (SELECT buyers AS n FROM shop)
    CROSS JOIN (
        SELECT
            value,
            CAST(sum(buyers) OVER (ORDER BY value) AS BIGINT) - buyers AS worse
        FROM (SELECT revenue AS value, count(*) AS buyers FROM buyers GROUP BY revenue)
    )
)

SELECT
    shop.buyers AS shop_buyers,
    shop.revenue AS shop_revenue,
    recency.*,
    frequency.*,
    monetary.*,
FROM shop
CROSS JOIN recency
CROSS JOIN frequency
CROSS JOIN monetary
