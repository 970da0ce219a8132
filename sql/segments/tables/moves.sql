-- table:   moves
-- grain:   one row a dimension, the value at the cutoff before and the value now
-- meaning: who went where since the cutoff before; NULL is where a dimension does not speak of the customer
WITH pairs AS (
    SELECT
        {% for dimension in moving %}
        {{ dimension }}_before,
        {{ dimension }},
        {% endfor %}
        count(*) AS customers
    FROM customers
    GROUP BY
        {% for dimension in moving %}
        {{ dimension }}_before,
        {{ dimension }}{{ "," if not loop.last }}
        {% endfor %}
),

moved AS (
    SELECT
        names.dimension,
        CASE names.dimension
            {% for dimension in moving %}
            WHEN '{{ dimension }}' THEN pairs.{{ dimension }}_before
            {% endfor %}
        END AS from_value,
        CASE names.dimension
            {% for dimension in moving %}
            WHEN '{{ dimension }}' THEN pairs.{{ dimension }}
            {% endfor %}
        END AS to_value,
        pairs.customers
    FROM pairs
    CROSS JOIN (
        VALUES
        {% for dimension in moving %}
        ('{{ dimension }}'){{ "," if not loop.last }}
        {% endfor %}
    ) AS names (dimension)
)

SELECT
    --: What is followed
    dimension AS dimension,
    --: The value at the cutoff before; NULL for customers not known then
    from_value AS from_value,
    --: The value at this cutoff
    to_value AS to_value,
    --: Customers who went that way, or stayed
    CAST(sum(customers) AS BIGINT) AS customers,
FROM moved
GROUP BY dimension, from_value, to_value
ORDER BY dimension, from_value NULLS FIRST, to_value NULLS FIRST
