-- family:  frequency
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: how much a customer buys, in lines and pieces
SELECT
    customer_id,
    {% for cell in cells("transactions") %}
    --: Lines the customer bought {{ cell.words }}
    count(*) {{ cell.filter }} AS lines_{{ cell }},
    --: Pieces the customer bought {{ cell.words }}
    coalesce(sum(quantity) {{ cell.filter }}, 0) AS quantity_sum_{{ cell }},
    {% endfor %}
FROM purchases
GROUP BY customer_id
