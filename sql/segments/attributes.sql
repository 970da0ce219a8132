-- table:   customers
-- grain:   one row a customer of the customers source
-- source:  customers
-- meaning: attributes by which market segments are told apart
SELECT
    customer_id,
    {% for column in by.customers %}
    --: The customer's {{ column | replace("_", " ") }}
    CAST(max({{ column }}) AS VARCHAR) AS {{ column }},
    {% endfor %}
FROM {{ "customers" if by.customers else "customer" }}
GROUP BY customer_id
