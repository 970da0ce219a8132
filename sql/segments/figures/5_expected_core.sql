-- table:   figures
-- grain:   one row: the whole shop
-- meaning: from which expected value on a customer is in the core to come, and what a newly won one will bring
WITH cumulated AS (
    SELECT
        expected_value,
        CAST(
            $core_unit_before + sum(CAST(expected_value AS DECIMAL(28, 6))) OVER (
                ORDER BY CAST(expected_value AS DECIMAL(28, 6)) DESC
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) - CAST(expected_value AS DECIMAL(28, 6))
            AS DOUBLE
        ) AS before
    FROM worth
    WHERE expected_value > 0 AND floor(expected_value) = $core_unit
),

core AS (
    SELECT min(expected_value) FILTER (WHERE before < {{ segments.grades.core }} * $shop_expected_value) AS begins
    FROM cumulated
),

won AS (
    SELECT CAST(avg(CAST(expected_value AS DECIMAL(28, 6))) AS DOUBLE) AS expected
    FROM worth
    WHERE days_since_first_purchase <= {{ segments.lifecycle.new }}
)

SELECT
    core.begins AS core_expected_from,
    $first_spend + won.expected AS new_customer_value,
FROM core
CROSS JOIN won
