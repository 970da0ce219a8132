-- family:  events
-- grain:   one row a customer with a visit
-- source:  events
-- meaning: the rhythm of a customer's visits, and whether the next one is overdue
WITH gaps AS (
    SELECT
        customer_id,
        days_ago,
        visits,
        CAST(row_number() OVER (PARTITION BY customer_id ORDER BY days_ago) AS BIGINT) AS nth_last,
        lead(days_ago) OVER (PARTITION BY customer_id ORDER BY days_ago) - days_ago AS gap_days
    FROM visit_days
)

SELECT
    customer_id,
    {% for w in windows if not w.days or w.days in [30, 90] %}
    --: Days on which the customer visited {{ w.words }}
    count(*) {{ w.filter }} AS visit_days_{{ w }},
    {% endfor %}
    --: Average days between two days with a visit
    avg(gap_days) AS visit_gap_days_mean,
    --: Days of the last pause between two days with a visit
    max(gap_days) FILTER (WHERE nth_last = 1) AS visit_gap_days_last,
    --: Days since the last day with a visit as a multiple of the customer's average pause
    min(days_ago) / nullif(avg(gap_days), 0) AS visit_overdue_ratio,
    --: How bursty the customer visits: -1 like clockwork, 0 at random, 1 in bursts
    CASE
        WHEN count(gap_days) >= 2
            THEN (stddev(gap_days) - avg(gap_days)) / nullif(stddev(gap_days) + avg(gap_days), 0)
    END AS visit_burstiness,
    --: Visit days that would have fallen into the present silence at the customer's usual pace
    CAST(count(*) * min(days_ago) AS DOUBLE) / max(days_ago) AS visits_missed,
    --: Days since the last day with a visit but one
    max(days_ago) FILTER (WHERE nth_last = 2) AS days_since_second_last_visit,
FROM gaps
GROUP BY customer_id
