-- table:   facts
-- grain:   one row a customer who said how satisfied they were, where events have a value
-- source:  events
-- meaning: how satisfied a customer last said to be
{% if has("events", "value") %}
WITH answers AS (
    SELECT
        customer_id,
        days_ago,
        rating,
        CAST(row_number() OVER (PARTITION BY customer_id ORDER BY occurred_at DESC) AS BIGINT) AS nth_last
    FROM ratings
)

{% endif %}
SELECT
    customer_id,
    {% if has("events", "value") %}
    --: Satisfaction the customer last stated
    max(rating) FILTER (WHERE nth_last = 1) AS last_rating,
    {% endif %}
FROM {{ "answers" if has("events", "value") else "events" }}
GROUP BY customer_id
