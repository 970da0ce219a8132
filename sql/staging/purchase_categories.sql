-- table:   purchase_categories
-- grain:   one row a customer and category; it lies on the day it was last bought
-- meaning: which categories customers bought, how often and how long; there only where lines have a category
SELECT
    customer_id,
    category,
    min(days_ago) AS days_ago,
    max(days_ago) AS first_days_ago,
    CAST(sum(amount) AS DOUBLE) AS amount,
    {% for w in windows if not w.days or w.days >= 90 %}
    count(*) {{ w.filter }} AS lines_{{ w }},
    {% endfor %}
FROM purchases
WHERE category IS NOT NULL
GROUP BY customer_id, category
