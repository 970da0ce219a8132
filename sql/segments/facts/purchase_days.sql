-- table:   facts
-- grain:   one row a customer with a purchase day
-- source:  transactions
-- meaning: on which days a customer bought, and after which silences
WITH numbered AS (
    SELECT
        customer_id,
        days_ago,
        lag(days_ago) OVER (PARTITION BY customer_id ORDER BY occurred_on) - days_ago AS gap_days,
        CAST(row_number() OVER (PARTITION BY customer_id ORDER BY occurred_on) AS BIGINT) AS nth
    FROM purchase_days
)

SELECT
    customer_id,
    --: Days on which the customer bought
    count(*) AS purchase_days,
    --: Days since the customer first bought
    max(days_ago) AS days_since_first_purchase,
    --: Days since the customer last bought
    min(days_ago) AS days_since_purchase,
    --: Average days between two purchase days
    avg(gap_days) AS purchase_gap_mean,
    --: How much the days between two purchase days differ (standard deviation)
    CASE WHEN count(gap_days) >= 2 THEN stddev(gap_days) END AS purchase_gap_stddev,
    --: Days since a purchase last ended a silence after which a customer is lapsing
    min(days_ago) FILTER (WHERE gap_days >= {{ segments.lifecycle.lapsing }}) AS days_since_waking,
    --: Days since a purchase last ended a silence after which a customer is lost
    min(days_ago) FILTER (WHERE gap_days >= {{ segments.lifecycle.lost }}) AS days_since_return,
    --: Days since the purchase day that made the customer's purchase days enough to be loyal
    max(days_ago) FILTER (WHERE nth = {{ segments.lifecycle.loyal_days }}) AS days_since_loyal_purchase,
FROM numbered
GROUP BY customer_id
