-- family:  calendar
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: when a customer buys
SELECT
    customer_id,
    --: How much the hour of the day differs at which the customer buys (standard deviation)
    stddev(CAST(local_hour AS DOUBLE)) AS hour_stddev_lifetime,
    {% for day in ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] %}
    --: Share of all lines bought on a {{ day }}
    avg(CASE WHEN weekday = {{ loop.index }} THEN 1.0 ELSE 0.0 END) AS {{ day | lower }}_share_lifetime,
    {% endfor %}
FROM purchases
GROUP BY customer_id
