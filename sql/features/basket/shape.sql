-- family:  basket
-- grain:   one row a customer with an order
-- source:  transactions
-- meaning: whether a customer's orders are alike
SELECT
    customer_id,
    {% for w in windows if w.days and w.days >= 90 %}
    --: How much the values of orders differ {{ w.words }}, as a share of the average order
    stddev(amount) {{ w.filter }} / nullif(avg(amount) {{ w.filter }}, 0) AS order_amount_variation_{{ w }},
    --: Most pieces of an order {{ w.words }}
    max(quantity) {{ w.filter }} AS order_quantity_max_{{ w }},
    --: How much the numbers of pieces of orders differ {{ w.words }} (standard deviation)
    stddev(quantity) {{ w.filter }} AS order_quantity_stddev_{{ w }},
    {% endfor %}
    --: How much the numbers of lines of orders differ (standard deviation)
    stddev(lines) AS order_lines_stddev_lifetime,
FROM orders
GROUP BY customer_id
