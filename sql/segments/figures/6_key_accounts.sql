-- table:   figures
-- grain:   one row: the whole shop
-- meaning: the last of the candidates for a key account, by what they brought: core customers who are not lapsing,
--          no more than asked for; where they are fewer than the least number, the greatest such buyers after them
WITH greatest_awake AS (
    {% if has("facts", "revenue") %}
    SELECT customer_id, revenue
    FROM facts
    WHERE revenue > 0 AND days_since_purchase < {{ segments.lifecycle.lapsing }}
    ORDER BY revenue DESC, customer_id
    LIMIT {{ segments.key_accounts.max }}
    {% else %}
    SELECT CAST(NULL AS VARCHAR) AS customer_id, CAST(NULL AS DOUBLE) AS revenue WHERE false
    {% endif %}
),

ranked AS (
    SELECT
        customer_id,
        revenue,
        CAST(row_number() OVER (ORDER BY revenue DESC, customer_id) AS BIGINT) AS place
    FROM greatest_awake
)

SELECT
    revenue AS key_account_from,
    customer_id AS key_account_last
FROM ranked
WHERE revenue >= $core_from OR place <= {{ segments.key_accounts.min }}
ORDER BY place DESC
LIMIT 1
