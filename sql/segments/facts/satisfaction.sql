-- table:   facts
-- grain:   one row a customer who said how satisfied they were, where events have a value
-- source:  events
-- meaning: how satisfied a customer last said to be
SELECT
    customer_id,
    {% if has("events", "value") %}
    --: Satisfaction the customer last stated
    max(rating) FILTER (WHERE nth_last = 1) AS last_rating,
    {% endif %}
FROM {{ "ratings" if has("events", "value") else "events" }}
GROUP BY customer_id
