-- family:  trend
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: whether months of 30 days grow or shrink: least-squares lines, months without a purchase counting as 0
{# The sum of (k - mean)^2 over months 0 to n - 1 is n (n^2 - 1) / 12: 17.5 for 6 months, 143 for 12. -#}
SELECT
    customer_id,
    {% for days, mean, squares in [(180, 2.5, 17.5), (360, 5.5, 143.0)] %}
    --: Growth of lines bought a month over the last {{ days // 30 }} months, as a share of the average month
    sum(({{ mean }} - month_no) * lines) FILTER (WHERE days_ago <= {{ days }})
        / {{ squares }} * {{ days // 30 }}
        / nullif(sum(lines) FILTER (WHERE days_ago <= {{ days }}), 0) AS lines_slope_{{ days }}d,
    --: Largest share of the money spent in the last {{ days // 30 }} months that fell into one month
    max(amount) FILTER (WHERE days_ago <= {{ days }})
        / nullif(sum(amount) FILTER (WHERE days_ago <= {{ days }}), 0) AS amount_month_top_share_{{ days }}d,
    --: Largest amount spent in one of the last {{ days // 30 }} months
    coalesce(max(amount) FILTER (WHERE days_ago <= {{ days }}), 0) AS amount_month_max_{{ days }}d,
    --: Average spent in those of the last {{ days // 30 }} months in which the customer bought
    avg(amount) FILTER (WHERE days_ago <= {{ days }}) AS amount_month_avg_{{ days }}d,
    {% endfor %}
    {% for month in [1, 2, 3] %}
    --: Money spent in the month that ended {{ month * 30 }} days ago
    coalesce(sum(amount) FILTER (WHERE month_no = {{ month }}), 0) AS amount_month_before_{{ month }},
    --: Lines bought in the month that ended {{ month * 30 }} days ago
    coalesce(sum(lines) FILTER (WHERE month_no = {{ month }}), 0) AS lines_month_before_{{ month }},
    {% endfor %}
FROM purchase_months
GROUP BY customer_id
