-- family:  events
-- grain:   one row a customer with an event
-- source:  events
-- meaning: how warm the interest is that visits show
SELECT
    customer_id,
    {% for w in windows if w.days and w.days <= 90 %}
    --: Visits ever, each counting for half every {{ w.days }} days further back
    coalesce(sum(power(0.5, days_ago / {{ w.days }}.0)) FILTER (WHERE is_visit), 0) AS visits_faded_{{ w }},
    {% endfor %}
    {% for w in windows if w.days and w.days >= 14 and w.days <= 90 %}
    --: Visits a day {{ w.words }} as a multiple of the customer's usual visits a day
    CAST(count(*) FILTER (WHERE {{ w.within }} AND is_visit) * max(days_ago) AS DOUBLE)
        / nullif(count(*) FILTER (WHERE is_visit) * least({{ w.days }}, max(days_ago)), 0) AS visits_pace_{{ w }},
    {% endfor %}
    {% if has("events", "value") %}
    {% for w in windows if w.days in [30, 90] %}
    --: Average pages of a visit {{ w.words }}
    avg(value) FILTER (WHERE {{ w.within }} AND is_visit) AS visit_pages_avg_{{ w }},
    {% endfor %}
    --: Pages of the longest visit in the last 30 days
    max(value) FILTER (WHERE days_ago <= 30 AND is_visit) AS visit_pages_max_30d,
    {% endif %}
    --: Share of visits at the weekend
    avg(CASE WHEN weekday >= 6 THEN 1.0 ELSE 0.0 END) FILTER (WHERE is_visit) AS visits_weekend_share_lifetime,
    --: Average hour of the day of visits
    avg(CAST(local_hour AS DOUBLE)) FILTER (WHERE is_visit) AS visit_hour_avg_lifetime,
FROM touches
GROUP BY customer_id
