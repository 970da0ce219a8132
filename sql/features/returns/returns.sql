-- family:  returns
-- grain:   one row a customer with a return
-- source:  transactions
-- meaning: what a customer sends back
SELECT
    customer_id,
    {% for w in windows %}
    --: Lines the customer returned {{ w.words }}
    count(*) {{ w.filter }} AS return_lines_{{ w }},
    --: Money given back for returns {{ w.words }} (negative)
    coalesce(CAST(sum(amount) {{ w.filter }} AS DOUBLE), 0) AS return_amount_{{ w }},
    {% endfor %}
    --: Days since the customer last returned something
    min(days_ago) AS days_since_last_return,
FROM returns
GROUP BY customer_id
