-- family:  returns
-- grain:   one row a customer with a row of transactions, where returns are known
-- source:  transactions
-- meaning: what share a customer sends back
{% if has("transactions", "is_return") %}
WITH lines AS (
    SELECT
        customer_id,
        days_ago,
        CASE WHEN is_return IS TRUE THEN days_ago END AS returned_days_ago,
        CASE WHEN is_return IS NOT TRUE THEN days_ago END AS bought_days_ago,
        CASE WHEN is_return IS TRUE THEN CAST(-amount AS DOUBLE) ELSE 0 END AS returned,
        CASE WHEN is_return IS NOT TRUE THEN CAST(amount AS DOUBLE) ELSE 0 END AS bought
    FROM transactions
)

{% endif %}
SELECT
    customer_id,
    {% if has("transactions", "is_return") %}
    {% for w in windows if not w.days or w.days >= 90 %}
    --: Lines returned {{ w.words }} for each line bought in that time
    CAST(count(returned_days_ago) {{ w.filter }} AS DOUBLE)
        / nullif(count(bought_days_ago) {{ w.filter }}, 0) AS return_lines_share_{{ w }},
    --: Money given back {{ w.words }} as a share of the money spent in that time
    sum(returned) {{ w.filter }} / nullif(sum(bought) {{ w.filter }}, 0) AS return_amount_share_{{ w }},
    {% endfor %}
    --: The customer has returned something since their last purchase
    coalesce(min(returned_days_ago) < min(bought_days_ago), false) AS returned_last,
    {% endif %}
FROM {{ "lines" if has("transactions", "is_return") else "transactions" }}
GROUP BY customer_id
