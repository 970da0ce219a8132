-- table:   facts
-- grain:   one row a customer with a purchase day
-- source:  transactions
-- meaning: what a customer spends on a purchase day, the first apart from the others, as Gamma-Gamma wants it
{% if has("transactions", "amount") %}
WITH spent AS (
    SELECT
        customer_id,
        occurred_on,
        min(days_ago) AS days_ago,
        CAST(sum(amount) AS DOUBLE) AS amount
    FROM purchases
    GROUP BY customer_id, occurred_on
),

numbered AS (
    SELECT
        customer_id,
        days_ago,
        amount,
        CAST(row_number() OVER (PARTITION BY customer_id ORDER BY occurred_on) AS BIGINT) AS nth
    FROM spent
)

{% endif %}
SELECT
    customer_id,
    {% if has("transactions", "amount") %}
    --: Money the customer spent on the first purchase day
    max(amount) FILTER (WHERE nth = 1) AS first_day_spend,
    --: Average money the customer spent on each later purchase day
    avg(amount) FILTER (WHERE nth > 1) AS repeat_day_spend,
    {% endif %}
FROM {{ "numbered" if has("transactions", "amount") else "purchases" }}
GROUP BY customer_id
