-- family:  events
-- grain:   one row a customer with an event
-- source:  events
-- meaning: visits, replies, complaints and what else a customer does besides buying
SELECT
    customer_id,
    {% for cell in cells("events") %}
    --: Events of the customer {{ cell.words }}
    count(*) {{ cell.filter }} AS events_{{ cell }},
    {% endfor %}
    {% for w in windows if w.days %}
    --: Change of events: {{ w.words }} less the same time before
    count(*) {{ w.filter }}
        - count(*) FILTER (WHERE days_ago > {{ w.days }} AND days_ago <= {{ 2 * w.days }})
        AS events_change_{{ w }},
    {% endfor %}
    --: Days since the customer's first event
    max(days_ago) AS days_since_first_event,
FROM events
GROUP BY customer_id
