-- family:  events
-- grain:   one row a customer who said how satisfied they were, where events have a value
-- source:  events
-- meaning: how satisfied a customer says to be
SELECT
    customer_id,
    {% if has("events", "value") %}
    --: Satisfaction the customer last stated
    max(rating) FILTER (WHERE nth_last = 1) AS satisfaction_last,
    {% for w in windows if not w.days or w.days >= 180 %}
    --: Average satisfaction stated {{ w.words }}
    avg(rating) {{ w.filter }} AS satisfaction_avg_{{ w }},
    {% endfor %}
    {% endif %}
FROM {{ "ratings" if has("events", "value") else "events" }}
GROUP BY customer_id
