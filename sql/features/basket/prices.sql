-- family:  basket
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: dear pieces or many of them
SELECT
    customer_id,
    {% for w in windows if not w.days or w.days >= 90 %}
    --: Average price of a piece {{ w.words }}
    CAST(sum(amount) {{ w.filter }} AS DOUBLE)
        / nullif(sum(quantity) {{ w.filter }}, 0) AS piece_price_avg_{{ w }},
    --: Average pieces of a line {{ w.words }}
    avg(quantity) {{ w.filter }} AS line_quantity_avg_{{ w }},
    {% endfor %}
    --: Most pieces of a line
    max(quantity) AS line_quantity_max_lifetime,
    --: Share of lines with one piece only
    avg(CASE WHEN quantity = 1 THEN 1.0 ELSE 0.0 END) AS lines_single_piece_share_lifetime,
FROM purchases
GROUP BY customer_id
