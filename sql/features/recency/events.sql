-- family:  recency
-- grain:   one row a customer with an event
-- source:  events
-- meaning: for how long nothing was heard of a customer
SELECT
    customer_id,
    --: Days since anything was last heard of the customer
    min(days_ago) AS days_since_last_event,
    {% for slice in slices("events") %}
    --: Days since the customer's last event, {{ slice.words }}
    min(days_ago) {{ slice.filter }} AS days_since_last_event__{{ slice }},
    {% endfor %}
FROM events
GROUP BY customer_id
