-- family:  frequency
-- grain:   one row a customer with an order
-- source:  transactions
-- meaning: how often a customer orders
SELECT
    customer_id,
    {% for w in windows %}
    --: Orders the customer placed {{ w.words }}
    count(*) {{ w.filter }} AS orders_{{ w }},
    {% endfor %}
FROM orders
GROUP BY customer_id
