-- family:  customers
-- grain:   one row a customer of the customers source
-- source:  customers
-- meaning: what is known of a customer without watching behaviour
SELECT
    customer_id,
    --: Days since the customer was first known
    max(days_ago) AS days_known,
    {% for slice in slices("customers") %}
    --: The customer's {{ slice.words }}
    count(*) {{ slice.filter }} > 0 AS is_{{ slice }},
    {% endfor %}
FROM customers
GROUP BY customer_id
