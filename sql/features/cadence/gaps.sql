-- family:  cadence
-- grain:   one row a customer with a purchase day
-- source:  transactions
-- meaning: the customer's own rhythm, and whether the next purchase is overdue against it
WITH gaps AS (
    SELECT
        customer_id,
        days_ago,
        lag(days_ago) OVER (PARTITION BY customer_id ORDER BY occurred_on) - days_ago AS gap_days
    FROM purchase_days
)

SELECT
    customer_id,
    --: Days since the customer first bought
    max(days_ago) AS days_since_first_order,
    --: Average days between two purchase days
    avg(gap_days) AS gap_days_mean,
    --: How much the days between two purchase days differ (standard deviation)
    {# Two gaps come from three purchase days: below that a deviation says nothing. #}
    CASE WHEN count(gap_days) >= 2 THEN stddev(gap_days) END AS gap_days_stddev,
    --: Longest pause between two purchase days
    max(gap_days) AS gap_days_max,
    --: Present silence as a multiple of the customer's average pause
    min(days_ago) / nullif(avg(gap_days), 0) AS overdue_ratio,
    --: Present silence as a multiple of the customer's longest pause
    min(days_ago) / CAST(nullif(max(gap_days), 0) AS DOUBLE) AS overdue_ratio_max,
    --: Purchase days a month since the first one
    30.4375 * count(*) / max(days_ago) AS active_days_per_month,
FROM gaps
GROUP BY customer_id
