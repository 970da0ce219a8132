-- family:  basket
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: dear pieces or many of them
SELECT
    customer_id,
    {% for w in windows if w.days and w.days >= 90 %}
    --: Average price of a piece {{ w.words }}
    CAST(sum(amount) {{ w.filter }} AS DOUBLE)
        / nullif(sum(quantity) {{ w.filter }}, 0) AS piece_price_avg_{{ w }},
    --: Average pieces of a line {{ w.words }}
    avg(quantity) {{ w.filter }} AS line_quantity_avg_{{ w }},
    --: How much the pieces of lines differ {{ w.words }} (standard deviation)
    stddev(quantity) {{ w.filter }} AS line_quantity_stddev_{{ w }},
    {% endfor %}
    --: Share of lines with one piece only
    avg(CASE WHEN quantity = 1 THEN 1.0 ELSE 0.0 END) AS lines_single_piece_share_lifetime,
    --: Average price of a piece in the last 90 days as a multiple of the customer's usual price
    {# Divided one after the other: a product could be -0, which is no 0 to nullif. #}
    CAST(sum(amount) FILTER (WHERE days_ago <= 90) AS DOUBLE) * sum(quantity)
        / nullif(CAST(sum(amount) AS DOUBLE), 0)
        / nullif(sum(quantity) FILTER (WHERE days_ago <= 90), 0) AS piece_price_change_90d,
FROM purchases
GROUP BY customer_id
