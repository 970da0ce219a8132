-- family:  calendar
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: the time of the year and of the month at which a customer buys
SELECT
    customer_id,
    {% for days in [30, 90] %}
    --: Lines bought a year ago in the {{ days }} days that are now ahead
    count(*) FILTER (WHERE days_ago > {{ 365 - days }} AND days_ago <= 365) AS lines_year_ago_{{ days }}d,
    --: Money spent a year ago in the {{ days }} days that are now ahead
    coalesce(CAST(sum(amount) FILTER (WHERE days_ago > {{ 365 - days }} AND days_ago <= 365) AS DOUBLE), 0)
        AS amount_year_ago_{{ days }}d,
    {% endfor %}
    --: Share of all lines bought from October to December
    avg(CASE WHEN month >= 10 THEN 1.0 ELSE 0.0 END) AS quarter_4_share_lifetime,
    {% for w in windows if not w.days or w.days >= 90 %}
    --: Share of lines bought around payday, from the 25th to the 3rd, {{ w.words }}
    avg(CASE WHEN day_of_month >= 25 OR day_of_month <= 3 THEN 1.0 ELSE 0.0 END) {{ w.filter }}
        AS payday_share_{{ w }},
    {% endfor %}
FROM purchases
GROUP BY customer_id
