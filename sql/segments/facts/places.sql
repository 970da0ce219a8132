-- table:   facts
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: attributes of a customer's last purchase by which market segments are told apart
-- Lines are put together by their attributes first, so that few rows are left to be put in order.
{% if by.transactions %}
WITH places AS (
    SELECT
        customer_id,
        {% for column in by.transactions %}
        {{ column }},
        {% endfor %}
        max(occurred_at) AS occurred_at
    FROM purchases
    GROUP BY
        customer_id,
        {% for column in by.transactions %}
        {{ column }}{{ "," if not loop.last }}
        {% endfor %}
),

numbered AS (
    SELECT
        customer_id,
        {% for column in by.transactions %}
        {{ column }},
        CAST(
            row_number() OVER (
                PARTITION BY customer_id
                ORDER BY occurred_at DESC, {{ column }} DESC NULLS FIRST
            ) AS BIGINT
        ) AS {{ column }}_nth_last,
        {% endfor %}
    FROM places
)

{% endif %}
SELECT
    customer_id,
    {% for column in by.transactions %}
    --: The {{ column | replace("_", " ") }} of the customer's last purchase
    CAST(max({{ column }}) FILTER (WHERE {{ column }}_nth_last = 1) AS VARCHAR) AS {{ column }},
    {% endfor %}
FROM {{ "numbered" if by.transactions else "purchases" }}
GROUP BY customer_id
