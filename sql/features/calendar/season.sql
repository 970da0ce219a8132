-- family:  calendar
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: the time of the year at which a customer buys
SELECT
    customer_id,
    --: Lines bought a year ago in the 90 days that are now ahead
    count(*) FILTER (WHERE days_ago > 275 AND days_ago <= 365) AS lines_year_ago_90d,
    --: Money spent a year ago in the 90 days that are now ahead
    coalesce(CAST(sum(amount) FILTER (WHERE days_ago > 275 AND days_ago <= 365) AS DOUBLE), 0) AS amount_year_ago_90d,
    --: Share of all lines bought from October to December
    avg(CASE WHEN month >= 10 THEN 1.0 ELSE 0.0 END) AS quarter_4_share_lifetime,
FROM purchases
GROUP BY customer_id
