-- table:   customers
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: attributes of the customer's last purchase by which market segments are told apart
SELECT
    customer_id,
    {% for column in by.transactions %}
    --: The {{ column | replace("_", " ") }} of the customer's last purchase
    CAST(last_value({{ column }} ORDER BY occurred_at, {{ column }}) AS VARCHAR) AS {{ column }},
    {% endfor %}
FROM {{ "purchases" if by.transactions else "customer" }}
GROUP BY customer_id
