-- family:  trend
-- grain:   one row a customer with an order
-- source:  transactions
-- meaning: the pace of late against the customer's own usual pace, and sums in which the past fades
SELECT
    customer_id,
    {% for w in windows if w.days and w.days >= 30 and w.days <= 60 %}
    --: Orders a day {{ w.words }} as a multiple of the customer's usual orders a day
    CAST(count(*) {{ w.filter }} * max(days_ago) AS DOUBLE)
        / (count(*) * least({{ w.days }}, max(days_ago))) AS orders_pace_{{ w }},
    --: Money spent a day {{ w.words }} as a multiple of what the customer usually spends a day
    coalesce(sum(amount) {{ w.filter }}, 0) * max(days_ago)
        / nullif(sum(amount) * least({{ w.days }}, max(days_ago)), 0) AS amount_pace_{{ w }},
    {% endfor %}
    {% for w in windows if w.days and w.days <= 180 and w.days >= 14 %}
    --: Orders ever, each counting for half every {{ w.days }} days further back
    coalesce(sum(power(0.5, days_ago / {{ w.days }}.0)), 0) AS orders_faded_{{ w }},
    --: Money ever spent, each order counting for half every {{ w.days }} days further back
    coalesce(sum(amount * power(0.5, days_ago / {{ w.days }}.0)), 0) AS amount_faded_{{ w }},
    {% endfor %}
    {% for w in windows if not w.days or w.days >= 180 %}
    --: How many days ago the money spent {{ w.words }} was spent on average
    sum(amount * days_ago) {{ w.filter }} / nullif(sum(amount) {{ w.filter }}, 0) AS amount_age_avg_{{ w }},
    {% endfor %}
FROM orders
GROUP BY customer_id
