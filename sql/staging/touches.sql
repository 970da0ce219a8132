-- table:   touches
-- grain:   one row an event
-- meaning: events, and which kind of touch each is: the one place that knows what a shop calls them
SELECT
    *,
    event_type = 'visit' AS is_visit,
    event_type = 'newsletter' AS is_mailing,
    event_type = 'reply' AS is_reply,
    event_type = 'sign_up' AS is_sign_up,
    event_type = 'complaint' AS is_complaint,
    event_type = 'complaint_closed' AS is_complaint_closed,
    event_type = 'satisfaction' AS is_rating,
    event_type = 'referral' AS is_referral,
    date_part('hour', occurred_at AT TIME ZONE '{{ timezone }}') AS local_hour,
    date_part('isodow', occurred_on) AS weekday
FROM events
