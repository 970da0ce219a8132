-- family:  events
-- grain:   one row a customer who said how satisfied they were
-- source:  events
-- meaning: how satisfied a customer says to be, and whether that changes
WITH answers AS (
    SELECT
        customer_id,
        days_ago,
        rating,
        CAST(row_number() OVER (PARTITION BY customer_id ORDER BY occurred_at DESC) AS BIGINT) AS nth_last
    FROM ratings
)

SELECT
    customer_id,
    --: Satisfaction the customer last stated
    max(rating) FILTER (WHERE nth_last = 1) AS satisfaction_last,
    --: Satisfaction last stated, less that of the time before
    max(rating) FILTER (WHERE nth_last = 1) - max(rating) FILTER (WHERE nth_last = 2) AS satisfaction_change_last,
    {% for w in windows if not w.days or w.days >= 180 %}
    --: Average satisfaction stated {{ w.words }}
    avg(rating) {{ w.filter }} AS satisfaction_avg_{{ w }},
    {% endfor %}
    --: Lowest satisfaction ever stated
    min(rating) AS satisfaction_min_lifetime,
    --: Days since the customer last was dissatisfied (1 or 2 of 5)
    min(days_ago) FILTER (WHERE rating <= 2) AS days_since_dissatisfied,
FROM answers
GROUP BY customer_id
