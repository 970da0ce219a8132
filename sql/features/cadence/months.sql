-- family:  cadence
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: how steadily a customer buys, month after month of 30 days
WITH months AS (
    SELECT
        customer_id,
        month_no,
        CAST(row_number() OVER (PARTITION BY customer_id ORDER BY month_no) AS BIGINT) AS nth_last
    FROM purchase_months
)

SELECT
    customer_id,
    --: In how many of the last 6 months the customer bought
    count(*) FILTER (WHERE month_no < 6) AS months_active_180d,
    --: In how many of the last 12 months the customer bought
    count(*) FILTER (WHERE month_no < 12) AS months_active_360d,
    --: Share of the months since the first purchase in which the customer bought
    CAST(count(*) AS DOUBLE) / (max(month_no) + 1) AS months_active_share_lifetime,
    --: In how many months in a row, up to now, the customer bought
    count(*) FILTER (WHERE month_no = nth_last - 1) AS months_streak,
FROM months
GROUP BY customer_id
