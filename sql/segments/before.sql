-- table:   customers
-- grain:   one row a customer known before the cutoff
-- meaning: where the customer stood at the cutoff before; NULL if not known then, or if there was no such cutoff
SELECT
    customer_id,
    {% for dimension in moving %}
    --: {{ dimension | capitalize }} at the cutoff before
    {{ dimension }}_before AS {{ dimension }}_before,
    {% endfor %}
FROM customer
