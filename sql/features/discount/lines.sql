-- family:  discount
-- grain:   one row a customer with a purchase line, where discounts are known
-- source:  transactions
-- meaning: how much a customer buys on price
{% if has("transactions", "discount") %}
WITH lines AS (
    SELECT
        customer_id,
        days_ago,
        CAST(discount AS DOUBLE) AS discount,
        CAST(amount AS DOUBLE) + CAST(discount AS DOUBLE) AS asked,
        discount * 10 >= (amount + discount) * 3 AS is_clearance
    FROM purchases
)

{% endif %}
SELECT
    customer_id,
    {% if has("transactions", "discount") %}
    {% for w in windows if not w.days or w.days >= 180 %}
    --: Share of the price asked that the customer was let off {{ w.words }}
    sum(discount) {{ w.filter }} / nullif(sum(asked) {{ w.filter }}, 0) AS discount_share_{{ w }},
    --: Money the customer was let off {{ w.words }}
    coalesce(sum(discount) {{ w.filter }}, 0) AS discount_sum_{{ w }},
    --: Share of the lines bought {{ w.words }} that were in clearance, at 30 % off or more
    avg(CASE WHEN is_clearance THEN 1.0 ELSE 0.0 END) {{ w.filter }} AS clearance_lines_share_{{ w }},
    {% endfor %}
    {% endif %}
FROM {{ "lines" if has("transactions", "discount") else "purchases" }}
GROUP BY customer_id
