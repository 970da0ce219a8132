-- table:   touches
-- grain:   one row an event
-- meaning: events, and which kind of touch each is: the one place that knows what a shop calls them
{% set kind = "event_type" if has("events", "event_type") else "''" %}
SELECT
    *,
    {{ kind }} = 'visit' AS is_visit,
    {{ kind }} = 'newsletter' AS is_mailing,
    {{ kind }} = 'reply' AS is_reply,
    {{ kind }} = 'sign_up' AS is_sign_up,
    {{ kind }} = 'complaint' AS is_complaint,
    {{ kind }} = 'complaint_closed' AS is_complaint_closed,
    {{ kind }} = 'satisfaction' AS is_rating,
    {{ kind }} = 'referral' AS is_referral,
    {% if not has("events", "value") %}
    CAST(NULL AS DOUBLE) AS value,
    {% endif %}
    date_part('hour', occurred_at AT TIME ZONE '{{ timezone }}') AS local_hour,
    date_part('isodow', occurred_on) AS weekday
FROM events
