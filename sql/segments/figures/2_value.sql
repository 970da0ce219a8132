-- table:   figures
-- grain:   one row: the whole shop
-- meaning: from which revenue on a customer is in class a or b and in the core, and what is usual in the shop
-- A class ends with the customer whose revenue takes the cumulated sum to the cut or beyond; equals stay together.
WITH cumulated AS (
    {% if has("facts", "revenue") %}
    SELECT
        revenue,
        CAST(sum(amount) OVER (ORDER BY revenue DESC) - amount AS DOUBLE) AS before
    FROM (
        SELECT revenue, sum(CAST(revenue AS DECIMAL(28, 6))) AS amount
        FROM facts
        WHERE purchase_days > 0 AND revenue > 0
        GROUP BY revenue
    )
    {% else %}
    SELECT CAST(NULL AS DOUBLE) AS revenue, CAST(NULL AS DOUBLE) AS before
    {% endif %}
)

SELECT
    min(revenue) FILTER (WHERE before < {{ segments.grades.a }} * $shop_revenue) AS a_from,
    min(revenue) FILTER (WHERE before < {{ segments.grades.b }} * $shop_revenue) AS b_from,
    min(revenue) FILTER (WHERE before < {{ segments.grades.core }} * $shop_revenue) AS core_from,
FROM cumulated
