-- family:  monetary
-- grain:   one row a customer with a row of transactions
-- source:  transactions
-- meaning: what is left of the money once returns are given back
SELECT
    customer_id,
    {% for w in windows if w.days and w.days >= 90 %}
    --: Money the customer spent {{ w.words }}, less what was given back
    coalesce(CAST(sum(amount) {{ w.filter }} AS DOUBLE), 0) AS amount_net_sum_{{ w }},
    {% endfor %}
    --: Money a month since the customer first bought, less what was given back
    30.4375 * CAST(sum(amount) AS DOUBLE) / max(days_ago) AS amount_net_per_month_lifetime,
FROM transactions
GROUP BY customer_id
