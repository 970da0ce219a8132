-- family:  trend
-- grain:   one row a customer with an order
-- source:  transactions
-- meaning: whether a customer orders more or less often than before
SELECT
    customer_id,
    {% for w in windows if w.days and w.days >= 14 %}
    --: Change of orders: {{ w.words }} less the same time before
    count(*) {{ w.filter }}
        - count(*) FILTER (WHERE days_ago > {{ w.days }} AND days_ago <= {{ 2 * w.days }})
        AS orders_change_{{ w }},
    {% endfor %}
    {% for w in windows %}
    {% if loop.index > 2 %}
    --: Share of the orders {{ w.words }} that fell {{ loop.previtem.words }}
    CAST(count(*) {{ loop.previtem.filter }} AS DOUBLE)
        / nullif(count(*) {{ w.filter }}, 0) AS orders_recent_share_{{ w }},
    {% endif %}
    {% endfor %}
FROM orders
GROUP BY customer_id
