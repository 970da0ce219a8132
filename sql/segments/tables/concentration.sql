-- table:   concentration
-- grain:   one row a per cent of the buyers, from the greatest down
-- meaning: the shop's own concentration curve: what share of the revenue so many of the buyers bring
-- A per cent that is no whole number of buyers is rounded down, so a small shop has fewer rows than a hundred.
-- Buyers of one revenue are put together first: they are in order then without a sort of all customers.
WITH levels AS (
    SELECT
        CAST(revenue AS DECIMAL(28, 6)) AS revenue,
        CAST(sum(buyers) AS BIGINT) AS buyers
    FROM (
        SELECT revenue, count(*) AS buyers
        FROM customers
        WHERE lifecycle <> 'prospect' AND revenue IS NOT NULL
        GROUP BY revenue
    )
    GROUP BY CAST(revenue AS DECIMAL(28, 6))
),

-- Of each level, the places that its buyers take, and what they and all before them brought.
ranked AS (
    SELECT
        revenue,
        buyers,
        CAST(sum(buyers) OVER (ORDER BY revenue DESC) AS BIGINT) AS last_place,
        sum(revenue * buyers) OVER (ORDER BY revenue DESC) AS so_far,
        CAST(sum(buyers) OVER () AS BIGINT) AS shop_buyers,
        sum(revenue * buyers) OVER () AS shop_revenue
    FROM levels
),

percents AS (
    SELECT percent
    FROM (
        VALUES
        {% for percent in range(1, 101) %}
        ({{ percent }}){{ "," if not loop.last }}
        {% endfor %}
    ) AS numbers (percent)
),

steps AS (
    SELECT
        percents.percent,
        percents.percent * ranked.shop_buyers / 100 AS buyers,
        ranked.so_far - (ranked.last_place - percents.percent * ranked.shop_buyers / 100) * ranked.revenue AS revenue,
        ranked.shop_revenue
    FROM percents
    CROSS JOIN ranked
    WHERE
        -- The last buyer of the per cent is at this level, and the per cent has a buyer more than the one before.
        percents.percent * ranked.shop_buyers / 100 > ranked.last_place - ranked.buyers
        AND percents.percent * ranked.shop_buyers / 100 <= ranked.last_place
        AND percents.percent * ranked.shop_buyers / 100 > (percents.percent - 1) * ranked.shop_buyers / 100
)

SELECT
    --: So many per cent of the buyers, the greatest
    percent AS percent,
    --: So many buyers
    buyers AS buyers,
    --: What they brought
    CAST(revenue AS DOUBLE) AS revenue,
    --: Share of the revenue that they brought
    CAST(revenue AS DOUBLE) / nullif(CAST(shop_revenue AS DOUBLE), 0) AS revenue_share,
FROM steps
ORDER BY percent
