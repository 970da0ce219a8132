-- family:  trend
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: pieces in which the past fades
SELECT
    customer_id,
    {% for w in windows if w.days and w.days >= 30 and w.days <= 180 %}
    --: Pieces ever bought, each counting for half every {{ w.days }} days further back
    coalesce(sum(quantity * power(0.5, days_ago / {{ w.days }}.0)), 0) AS quantity_faded_{{ w }},
    {% endfor %}
FROM purchases
GROUP BY customer_id
