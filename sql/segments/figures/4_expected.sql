-- table:   figures
-- grain:   one row: the whole shop
-- meaning: from which expected value on a customer is in the core to come, and what a newly won one will bring
-- Values are cumulated in whole units of money first; customer by customer only in the unit in which the core ends.
WITH valued AS (
    SELECT
        expected_value,
        CAST(expected_value AS DECIMAL(28, 6)) AS amount,
        floor(expected_value) AS unit
    FROM worth
    WHERE expected_value > 0
),

shop AS (
    SELECT CAST(sum(CAST(expected_value AS DECIMAL(28, 6))) AS DOUBLE) AS total FROM worth
),

units AS (
    SELECT
        unit,
        sum(amount) OVER (ORDER BY unit DESC) - amount AS before
    FROM (SELECT unit, sum(amount) AS amount FROM valued GROUP BY unit)
),

last_unit AS (
    SELECT
        units.unit,
        units.before,
        {{ segments.grades.core }} * shop.total AS enough
    FROM shop
    CROSS JOIN units
    WHERE CAST(units.before AS DOUBLE) < {{ segments.grades.core }} * shop.total
    ORDER BY units.unit
    LIMIT 1
),

cumulated AS (
    SELECT
        valued.expected_value,
        last_unit.enough,
        CAST(
            last_unit.before + sum(valued.amount) OVER (
                ORDER BY valued.amount DESC
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) - valued.amount
            AS DOUBLE
        ) AS before
    FROM last_unit
    INNER JOIN valued ON valued.unit = last_unit.unit
),

core AS (
    SELECT min(expected_value) FILTER (WHERE before < enough) AS begins FROM cumulated
),

won AS (
    SELECT CAST(avg(CAST(expected_value AS DECIMAL(28, 6))) AS DOUBLE) AS expected
    FROM worth
    WHERE days_since_first_purchase <= {{ segments.lifecycle.new }}
)

SELECT
    shop.total AS shop_expected_value,
    core.begins AS core_expected_from,
    $first_spend + won.expected AS new_customer_value,
FROM shop
CROSS JOIN core
CROSS JOIN won
