-- family:  monetary
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: how much money a customer spends
SELECT
    customer_id,
    {% for cell in cells("transactions") %}
    --: Money the customer spent {{ cell.words }}
    coalesce(CAST(sum(amount) {{ cell.filter }} AS DOUBLE), 0) AS amount_sum_{{ cell }},
    {% endfor %}
    {% for w in windows %}
    --: Average amount of a line {{ w.words }}
    avg(CAST(amount AS DOUBLE)) {{ w.filter }} AS amount_avg_{{ w }},
    --: Smallest amount of a line {{ w.words }}
    CAST(min(amount) {{ w.filter }} AS DOUBLE) AS amount_min_{{ w }},
    --: Largest amount of a line {{ w.words }}
    CAST(max(amount) {{ w.filter }} AS DOUBLE) AS amount_max_{{ w }},
    --: How much the amounts of lines differ {{ w.words }} (standard deviation)
    stddev(CAST(amount AS DOUBLE)) {{ w.filter }} AS amount_stddev_{{ w }},
    {% endfor %}
FROM purchases
GROUP BY customer_id
