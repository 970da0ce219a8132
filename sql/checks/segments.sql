-- table:   segments
-- grain:   one row a segment that cannot be; a sound table yields none
-- meaning: every dimension holds all customers and all revenue, each once, and rates are rates
WITH summed AS (
    SELECT
        dimension,
        sum(customers) AS customers,
        sum(buyers) AS buyers,
        sum(revenue) AS revenue,
        count(*) AS segments,
        count(DISTINCT coalesce(value, '')) AS differ
    FROM segments
    GROUP BY dimension
)

SELECT dimension
FROM summed
WHERE
    customers <> (SELECT max(customers) FROM summed)
    OR buyers <> (SELECT max(buyers) FROM summed)
    OR abs(revenue - (SELECT max(revenue) FROM summed)) > 1e-6 * (1 + abs(revenue))
    OR segments <> differ
UNION ALL
SELECT dimension
FROM segments
WHERE
    customers < 1
    OR buyers > customers
    OR churn NOT BETWEEN 0 AND 1
    OR conversion NOT BETWEEN 0 AND 1
    OR mean_alive_probability NOT BETWEEN 0 AND 1
