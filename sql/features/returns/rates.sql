-- family:  returns
-- grain:   one row a customer with a row of transactions, where returns are known
-- source:  transactions
-- meaning: what share a customer sends back
{% if has("transactions", "is_return") %}
WITH lines AS (
    SELECT
        customer_id,
        days_ago,
        CASE WHEN is_return IS TRUE THEN 1 ELSE 0 END AS returned,
        CASE WHEN is_return IS TRUE THEN 0 ELSE 1 END AS bought
    FROM transactions
)

{% endif %}
SELECT
    customer_id,
    {% if has("transactions", "is_return") %}
    {% for w in windows if w.days and w.days >= 90 %}
    --: Lines returned {{ w.words }} for each line bought in that time
    CAST(sum(returned) {{ w.filter }} AS DOUBLE)
        / nullif(sum(bought) {{ w.filter }}, 0) AS return_lines_share_{{ w }},
    {% endfor %}
    {% endif %}
FROM {{ "lines" if has("transactions", "is_return") else "transactions" }}
GROUP BY customer_id
