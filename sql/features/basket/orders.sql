-- family:  basket
-- grain:   one row a customer with an order
-- source:  transactions
-- meaning: what one order of a customer looks like
SELECT
    customer_id,
    {% for w in windows if not w.days or w.days >= 30 %}
    --: Average value of an order {{ w.words }}
    avg(amount) {{ w.filter }} AS order_amount_avg_{{ w }},
    --: Smallest value of an order {{ w.words }}
    min(amount) {{ w.filter }} AS order_amount_min_{{ w }},
    --: Largest value of an order {{ w.words }}
    max(amount) {{ w.filter }} AS order_amount_max_{{ w }},
    --: How much the values of orders differ {{ w.words }} (standard deviation)
    stddev(amount) {{ w.filter }} AS order_amount_stddev_{{ w }},
    --: Average lines of an order {{ w.words }}
    avg(lines) {{ w.filter }} AS order_lines_avg_{{ w }},
    --: Average pieces in an order {{ w.words }}
    avg(quantity) {{ w.filter }} AS order_quantity_avg_{{ w }},
    {% endfor %}
FROM orders
GROUP BY customer_id
