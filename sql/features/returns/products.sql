-- family:  returns
-- grain:   one row a customer with a product, where returns are known
-- source:  transactions
-- meaning: which of the products a customer sends back, and how soon
SELECT
    customer_id,
    {% if has("transactions", "is_return") %}
    {% for w in windows if not w.days or w.days >= 90 %}
    --: Different products the customer returned {{ w.words }}
    {{ "count(*) FILTER (WHERE returned_days_ago <= " ~ w.days ~ ")" if w.days else "count(returned_days_ago)" }}
        AS products_returned_{{ w }},
    {% endfor %}
    --: Share of the customer's different products that were ever returned
    CAST(count(returned_days_ago) FILTER (WHERE bought_days_ago IS NOT NULL) AS DOUBLE)
        / nullif(count(bought_days_ago), 0) AS products_returned_share_lifetime,
    --: Average days from first buying a product to returning it
    avg(bought_days_ago - returned_days_ago) AS return_delay_days_avg,
    {% endif %}
FROM {{ "product_returns" if has("transactions", "is_return") else "purchases" }}
GROUP BY customer_id
