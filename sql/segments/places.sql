-- table:   customers
-- grain:   one row a customer known before the cutoff
-- source:  transactions
-- meaning: attributes of the customer's last purchase by which market segments are told apart
SELECT
    customer_id,
    {% for column in by.transactions %}
    --: The {{ column | replace("_", " ") }} of the customer's last purchase
    {{ column }} AS {{ column }},
    {% endfor %}
FROM customer
