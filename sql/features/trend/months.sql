-- family:  trend
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: whether months of 30 days grow or shrink: least-squares lines, months without a purchase counting as 0
{# The sum of (k - mean)^2 over months 0 to n - 1 is n (n^2 - 1) / 12: 17.5 for 6 months, 143 for 12. -#}
SELECT
    customer_id,
    {% for days, mean, squares in [(180, 2.5, 17.5), (360, 5.5, 143.0)] %}
    --: Growth of money spent a month over the last {{ days // 30 }} months, as a share of the average month
    sum(({{ mean }} - month_no) * amount) FILTER (WHERE days_ago <= {{ days }})
        / {{ squares }} * {{ days // 30 }}
        / nullif(sum(amount) FILTER (WHERE days_ago <= {{ days }}), 0) AS amount_slope_{{ days }}d,
    --: Growth of lines bought a month over the last {{ days // 30 }} months, as a share of the average month
    sum(({{ mean }} - month_no) * lines) FILTER (WHERE days_ago <= {{ days }})
        / {{ squares }} * {{ days // 30 }}
        / nullif(sum(lines) FILTER (WHERE days_ago <= {{ days }}), 0) AS lines_slope_{{ days }}d,
    --: Largest share of the money spent in the last {{ days // 30 }} months that fell into one month
    max(amount) FILTER (WHERE days_ago <= {{ days }})
        / nullif(sum(amount) FILTER (WHERE days_ago <= {{ days }}), 0) AS amount_month_top_share_{{ days }}d,
    {% endfor %}
FROM purchase_months
GROUP BY customer_id
