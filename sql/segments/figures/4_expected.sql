-- table:   figures
-- grain:   one row: the whole shop
-- meaning: what is expected of all, and the unit of money in which the core to come ends: values are cumulated in whole
--          units first, and customer by customer only in that one
WITH units AS (
    SELECT
        floor(expected_value) AS unit,
        sum(CAST(expected_value AS DECIMAL(28, 6))) AS amount
    FROM worth
    WHERE expected_value IS NOT NULL
    GROUP BY floor(expected_value)
),

cumulated AS (
    SELECT
        unit,
        sum(amount) OVER (ORDER BY unit DESC) - amount AS before,
        CAST(sum(amount) OVER () AS DOUBLE) AS total
    FROM units
)

SELECT
    max(total) AS shop_expected_value,
    min(unit) FILTER (WHERE CAST(before AS DOUBLE) < {{ segments.grades.core }} * total) AS core_unit,
    CAST(
        max(before) FILTER (WHERE CAST(before AS DOUBLE) < {{ segments.grades.core }} * total) AS DECIMAL(38, 6)
    ) AS core_unit_before,
FROM cumulated
