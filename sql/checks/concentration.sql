-- table:   concentration
-- grain:   one row a point that lies off the curve; a sound table yields none
-- meaning: more per cent are more buyers, and all of them bring all
WITH steps AS (
    SELECT
        *,
        lag(buyers) OVER (ORDER BY percent) AS buyers_before,
        lag(revenue) OVER (ORDER BY percent) AS revenue_before,
        max(percent) OVER () AS last_percent
    FROM concentration
)

SELECT percent
FROM steps
WHERE
    percent NOT BETWEEN 1 AND 100
    OR buyers <= buyers_before
    OR last_percent <> 100
    OR (percent = 100 AND abs(revenue_share - 1) > 1e-9)
    OR (percent <= 20 AND revenue < revenue_before)
