-- family:  trend
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: whether a customer buys more or less than before
SELECT
    customer_id,
    {% for w in windows if w.days and w.days >= 14 %}
    {% set before = "FILTER (WHERE days_ago > " ~ w.days ~ " AND days_ago <= " ~ 2 * w.days ~ ")" %}
    --: Change of lines bought: {{ w.words }} less the same time before
    count(*) {{ w.filter }}
        - count(*) {{ before }}
        AS lines_change_{{ w }},
    --: Change of money spent: {{ w.words }} less the same time before
    coalesce(CAST(sum(amount) {{ w.filter }} AS DOUBLE), 0)
        - coalesce(CAST(sum(amount) {{ before }} AS DOUBLE), 0)
        AS amount_change_{{ w }},
    {% endfor %}
    {% for w in windows %}
    {% if loop.index > 2 %}
    --: Share of the lines bought {{ w.words }} that fell {{ loop.previtem.words }}
    CAST(count(*) {{ loop.previtem.filter }} AS DOUBLE)
        / nullif(count(*) {{ w.filter }}, 0) AS lines_recent_share_{{ w }},
    --: Share of the money spent {{ w.words }} that fell {{ loop.previtem.words }}
    coalesce(CAST(sum(amount) {{ loop.previtem.filter }} AS DOUBLE), 0)
        / nullif(CAST(sum(amount) {{ w.filter }} AS DOUBLE), 0) AS amount_recent_share_{{ w }},
    {% endif %}
    {% endfor %}
FROM purchases
GROUP BY customer_id
