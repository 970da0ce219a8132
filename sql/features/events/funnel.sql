-- family:  events
-- grain:   one row a customer with an event
-- source:  events
-- meaning: how far a customer goes, from sign-up over visits and newsletters to replies and referrals
{% set kinds = ["visit", "mailing", "reply", "sign_up", "complaint", "rating", "referral"] %}
SELECT
    customer_id,
    {% for w in windows if w.days in [30, 90, 180] %}
    --: How many kinds of touch there were {{ w.words }}, from visits to referrals
    {% for kind in kinds %}
    {{ "+ " if not loop.first }}CASE WHEN count(*) FILTER (WHERE {{ w.within }} AND is_{{ kind }}) > 0 THEN 1 ELSE 0 END
    {% endfor %}
        AS touch_kinds_{{ w }},
    {% endfor %}
    --: Days from sign-up to the first visit
    max(days_ago) FILTER (WHERE is_sign_up) - max(days_ago) FILTER (WHERE is_visit) AS sign_up_to_visit_days,
    --: How many days after the last newsletter the customer last visited (negative: before it)
    min(days_ago) FILTER (WHERE is_mailing) - min(days_ago) FILTER (WHERE is_visit) AS visit_after_mailing_days,
    --: Share of the time since the first event that had passed at the last one
    CAST(max(days_ago) - min(days_ago) AS DOUBLE) / max(days_ago) AS event_span_share,
FROM touches
GROUP BY customer_id
