-- table:   concentration
-- grain:   one row a per cent of the buyers, from the greatest down
-- meaning: the shop's own concentration curve: what share of the revenue so many of the buyers bring
-- A per cent that is no whole number of buyers is rounded down, so a small shop has fewer rows than a hundred.
-- `shop`, one row, comes first in each CROSS JOIN: the other way round every row would become a batch of its own.
WITH ranked AS (
    SELECT
        CAST(revenue AS DECIMAL(28, 6)) AS revenue,
        CAST(row_number() OVER (ORDER BY revenue DESC) AS BIGINT) AS place
    FROM customers
    WHERE lifecycle <> 'prospect' AND revenue IS NOT NULL
),

shop AS (
    SELECT
        count(*) AS buyers,
        sum(revenue) AS revenue
    FROM ranked
),

steps AS (
    SELECT
        (100 * ranked.place + shop.buyers - 1) / shop.buyers AS percent,
        count(*) AS buyers,
        sum(ranked.revenue) AS revenue
    FROM shop
    CROSS JOIN ranked
    GROUP BY 1
)

SELECT
    --: So many per cent of the buyers, the greatest
    steps.percent AS percent,
    --: So many buyers
    CAST(sum(steps.buyers) OVER (ORDER BY steps.percent) AS BIGINT) AS buyers,
    --: What they brought
    CAST(sum(steps.revenue) OVER (ORDER BY steps.percent) AS DOUBLE) AS revenue,
    --: Share of the revenue that they brought
    CAST(sum(steps.revenue) OVER (ORDER BY steps.percent) AS DOUBLE)
        / nullif(CAST(shop.revenue AS DOUBLE), 0) AS revenue_share,
FROM shop
CROSS JOIN steps
ORDER BY steps.percent
