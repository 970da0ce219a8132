-- family:  cadence
-- grain:   one row a customer with a purchase day
-- source:  transactions
-- meaning: the last pauses against the customer's own rhythm, and how regular that rhythm is
WITH pauses AS (
    SELECT
        customer_id,
        days_ago,
        nth_last,
        gap_days,
        lead(gap_days) OVER (PARTITION BY customer_id ORDER BY days_ago) AS gap_before,
        CAST(gap_days AS DOUBLE) * lead(gap_days) OVER (PARTITION BY customer_id ORDER BY days_ago) AS product
    FROM purchase_gaps
)

SELECT
    customer_id,
    --: Days since the last purchase day but one
    max(days_ago) FILTER (WHERE nth_last = 2) AS days_since_second_last_order,
    --: Days since the last purchase day but two
    max(days_ago) FILTER (WHERE nth_last = 3) AS days_since_third_last_order,
    --: Days of the last pause between two purchase days
    max(gap_days) FILTER (WHERE nth_last = 1) AS gap_days_last,
    --: Days of the last pause but one
    max(gap_days) FILTER (WHERE nth_last = 2) AS gap_days_second_last,
    --: Days of the last pause but two
    max(gap_days) FILTER (WHERE nth_last = 3) AS gap_days_third_last,
    --: Last pause as a multiple of the customer's average pause
    max(gap_days) FILTER (WHERE nth_last = 1) / nullif(avg(gap_days), 0) AS gap_last_ratio,
    --: By how many days the last pause was longer than the one before
    max(gap_days) FILTER (WHERE nth_last = 1) - max(gap_days) FILTER (WHERE nth_last = 2) AS gap_change_last,
    --: Days of the pause after the customer's first purchase day
    max(gap_days) FILTER (WHERE gap_before IS NULL) AS gap_days_first,
    {% for n in [3, 5] %}
    --: Average of the last {{ n }} pauses between purchase days
    avg(gap_days) FILTER (WHERE nth_last <= {{ n }}) AS gap_days_mean_last_{{ n }},
    --: Present silence as a multiple of the average of the last {{ n }} pauses
    min(days_ago) / nullif(avg(gap_days) FILTER (WHERE nth_last <= {{ n }}), 0) AS overdue_ratio_last_{{ n }},
    {% endfor %}
    {% for w in windows if w.days and w.days >= 90 %}
    --: Average pause, in days, before the purchases {{ w.words }}
    avg(gap_days) {{ w.filter }} AS gap_days_mean_{{ w }},
    {% endfor %}
    --: How bursty the customer buys: -1 like clockwork, 0 at random, 1 in bursts
    CASE
        WHEN count(gap_days) >= 2
            THEN (stddev(gap_days) - avg(gap_days)) / nullif(stddev(gap_days) + avg(gap_days), 0)
    END AS gap_burstiness,
    --: Whether long pauses follow long ones (1) or short ones (-1)
    CASE
        WHEN count(gap_before) >= 3
            THEN (
                count(gap_before) * sum(product)
                - sum(gap_days) FILTER (WHERE gap_before IS NOT NULL) * sum(gap_before)
            ) / nullif(
                sqrt(
                    (
                        count(gap_before) * sum(gap_days * gap_days) FILTER (WHERE gap_before IS NOT NULL)
                        - sum(gap_days) FILTER (WHERE gap_before IS NOT NULL)
                        * sum(gap_days) FILTER (WHERE gap_before IS NOT NULL)
                    ) * CAST(
                        count(gap_before) * sum(gap_before * gap_before) - sum(gap_before) * sum(gap_before)
                        AS DOUBLE
                    )
                ), 0
            )
    END AS gap_memory,
    --: By how many days the present silence exceeds the customer's average pause
    min(days_ago) - avg(gap_days) AS overdue_days,
    --: Present silence beyond the average pause, in the customer's own usual deviations
    (min(days_ago) - avg(gap_days)) / (1 + stddev(gap_days)) AS overdue_deviations,
    --: Purchase days that would have fallen into the present silence at the customer's usual pace
    CAST(count(*) * min(days_ago) AS DOUBLE) / max(days_ago) AS orders_missed,
    --: Share of the time since the first purchase that had passed when the customer last bought
    CAST(max(days_ago) - min(days_ago) AS DOUBLE) / max(days_ago) AS active_span_share,
FROM pauses
GROUP BY customer_id
