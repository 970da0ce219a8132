-- family:  frequency
-- grain:   one row a customer with a purchase day
-- source:  transactions
-- meaning: on how many days a customer buys
SELECT
    customer_id,
    {% for w in windows %}
    --: Days on which the customer bought {{ w.words }}
    count(*) {{ w.filter }} AS active_days_{{ w }},
    {% endfor %}
FROM purchase_days
GROUP BY customer_id
