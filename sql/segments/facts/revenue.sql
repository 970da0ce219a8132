-- table:   facts
-- grain:   one row a customer with a row of transactions
-- source:  transactions
-- meaning: what a customer brought, less what was given back
SELECT
    customer_id,
    {% if has("transactions", "amount") %}
    --: Money the customer brought, less what was given back
    coalesce(CAST(sum(amount) AS DOUBLE), 0) AS revenue,
    --: The same within the last 180 days
    coalesce(CAST(sum(amount) FILTER (WHERE days_ago <= 180) AS DOUBLE), 0) AS revenue_180d,
    --: The same within the 180 days before those
    coalesce(CAST(sum(amount) FILTER (WHERE days_ago > 180 AND days_ago <= 360) AS DOUBLE), 0) AS revenue_180d_before,
    {% endif %}
FROM transactions
GROUP BY customer_id
