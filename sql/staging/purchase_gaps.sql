-- table:   purchase_gaps
-- grain:   one row a customer and local day with a purchase line
-- meaning: purchase days counted back from the last one (nth_last 1), and the days since the one before
SELECT
    customer_id,
    days_ago,
    CAST(row_number() OVER (PARTITION BY customer_id ORDER BY days_ago) AS BIGINT) AS nth_last,
    lead(days_ago) OVER (PARTITION BY customer_id ORDER BY days_ago) - days_ago AS gap_days
FROM purchase_days
