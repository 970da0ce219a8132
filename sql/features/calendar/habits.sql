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
    {% for day in [[1, "Mondays"], [2, "Tuesdays"], [3, "Wednesdays"], [4, "Thursdays"], [5, "Fridays"], [6, "Saturdays"], [7, "Sundays"]] %}
    --: Share of all lines bought on {{ day[1] }}
    avg(CASE WHEN weekday = {{ day[0] }} THEN 1.0 ELSE 0.0 END) AS {{ day[1] | lower }}_share_lifetime,
    {% endfor %}
FROM purchases
GROUP BY customer_id
