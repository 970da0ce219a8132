-- table:   figures
-- grain:   one row: the whole shop
-- meaning: from which expected value on a customer is in the core to come, and what a newly won one will bring
WITH cumulated AS (
    SELECT
        expected_value,
        CAST(
            sum(amount) OVER (ORDER BY amount DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - amount
            AS DOUBLE
        ) AS before
    FROM (SELECT expected_value, CAST(expected_value AS DECIMAL(28, 6)) AS amount FROM worth WHERE expected_value > 0)
),

shop AS (
    SELECT CAST(sum(CAST(expected_value AS DECIMAL(28, 6))) AS DOUBLE) AS total FROM worth
),

won AS (
    SELECT CAST(avg(CAST(worth.expected_value AS DECIMAL(28, 6))) AS DOUBLE) AS expected
    FROM (
        SELECT customer_id FROM facts WHERE days_since_first_purchase <= {{ segments.lifecycle.new }}
    ) AS fresh
    INNER JOIN worth ON worth.customer_id = fresh.customer_id
)

SELECT
    max(shop.total) AS shop_expected_value,
    min(cumulated.expected_value) FILTER (
        WHERE cumulated.before < {{ segments.grades.core }} * shop.total
    ) AS core_expected_from,
    $first_spend + max(won.expected) AS new_customer_value,
FROM shop
CROSS JOIN won
LEFT JOIN cumulated ON true
