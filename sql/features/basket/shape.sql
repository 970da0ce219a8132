-- family:  basket
-- grain:   one row a customer with an order
-- source:  transactions
-- meaning: small or large, mixed or of one thing: the shape of a customer's orders
SELECT
    customer_id,
    {% for w in windows if not w.days or w.days >= 90 %}
    --: Share of the orders {{ w.words }} that had one line only
    avg(CASE WHEN lines = 1 THEN 1.0 ELSE 0.0 END) {{ w.filter }} AS orders_single_line_share_{{ w }},
    --: Share of an order's value that is in its dearest line, on average {{ w.words }}
    avg(line_amount_max / nullif(amount, 0)) {{ w.filter }} AS order_top_line_share_avg_{{ w }},
    --: How much the values of orders differ {{ w.words }}, as a share of the average order
    stddev(amount) {{ w.filter }} / nullif(avg(amount) {{ w.filter }}, 0) AS order_amount_variation_{{ w }},
    {% endfor %}
    --: Most lines of an order
    max(lines) AS order_lines_max_lifetime,
    --: How much the numbers of lines of orders differ (standard deviation)
    stddev(lines) AS order_lines_stddev_lifetime,
FROM orders
GROUP BY customer_id
