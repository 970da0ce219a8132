-- family:  calendar
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: when a customer buys
SELECT
    customer_id,
    {% for w in windows %}
    --: Share of lines bought at the weekend {{ w.words }}
    avg(CASE WHEN weekday >= 6 THEN 1.0 ELSE 0.0 END) {{ w.filter }} AS weekend_share_{{ w }},
    --: Share of lines bought before noon {{ w.words }}
    avg(CASE WHEN local_hour < 12 THEN 1.0 ELSE 0.0 END) {{ w.filter }} AS morning_share_{{ w }},
    --: Share of lines bought after 17:00 {{ w.words }}
    avg(CASE WHEN local_hour >= 17 THEN 1.0 ELSE 0.0 END) {{ w.filter }} AS evening_share_{{ w }},
    --: Average hour of the day at which the customer buys {{ w.words }}
    avg(CAST(local_hour AS DOUBLE)) {{ w.filter }} AS hour_avg_{{ w }},
    --: How much the hour of the day differs {{ w.words }} (standard deviation)
    stddev(CAST(local_hour AS DOUBLE)) {{ w.filter }} AS hour_stddev_{{ w }},
    {% endfor %}
    {% for day in ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] %}
    --: Share of all lines bought on a {{ day }}
    avg(CASE WHEN weekday = {{ loop.index }} THEN 1.0 ELSE 0.0 END) AS {{ day | lower }}_share_lifetime,
    {% endfor %}
FROM purchases
GROUP BY customer_id
