-- table:   moves
-- grain:   one row a dimension that does not add up, or a way that cannot be gone; a sound table yields none
-- meaning: every dimension follows the same customers, each once, and nobody becomes a prospect again
WITH summed AS (
    SELECT
        dimension,
        sum(customers) AS customers
    FROM moves
    GROUP BY dimension
),

ways AS (
    SELECT
        dimension,
        from_value,
        to_value
    FROM moves
    GROUP BY dimension, from_value, to_value
    HAVING count(*) > 1 OR min(customers) < 1
)

SELECT dimension
FROM summed
WHERE customers <> (SELECT max(customers) FROM summed)
UNION ALL
SELECT dimension FROM ways
UNION ALL
SELECT dimension
FROM moves
WHERE
    dimension = 'lifecycle'
    AND (to_value IS NULL OR (to_value = 'prospect' AND from_value <> 'prospect'))
