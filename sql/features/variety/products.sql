-- family:  variety
-- grain:   one row a customer with a product
-- source:  transactions
-- meaning: how broadly a customer buys, and how much of it is new
SELECT
    customer_id,
    {% for w in windows %}
    --: Different products the customer bought {{ w.words }}
    count(*) {{ w.filter }} AS products_{{ w }},
    {% endfor %}
    {% for w in windows if w.days and w.days >= 90 %}
    --: Products the customer bought for the first time {{ w.words }}
    count(*) FILTER (WHERE first_days_ago <= {{ w.days }}) AS products_new_{{ w }},
    {% endfor %}
    {% for w in windows if w.days and w.days >= 30 and w.days <= 90 %}
    --: Share of the products bought {{ w.words }} that were new to the customer
    CAST(count(*) FILTER (WHERE first_days_ago <= {{ w.days }}) AS DOUBLE)
        / nullif(count(*) {{ w.filter }}, 0) AS products_new_share_{{ w }},
    {% endfor %}
    --: Days since the customer last bought a product for the first time
    min(first_days_ago) AS days_since_new_product,
    --: Products that the customer bought three times or more
    count(*) FILTER (WHERE lines >= 3) AS products_regular_lifetime,
    --: Share of the money that went into one product
    max(amount) / nullif(sum(amount), 0) AS product_amount_top_share_lifetime,
    --: Share of the products that the customer bought more than once
    CAST(count(*) FILTER (WHERE lines > 1) AS DOUBLE) / nullif(count(*), 0) AS products_repeat_share_lifetime,
    --: Share of the lines that are of the customer's most bought product
    CAST(max(lines) AS DOUBLE) / sum(lines) AS product_top_share_lifetime,
    --: How evenly the lines spread over the products that the customer knows (1 = each as often)
    (ln(sum(lines)) - sum(lines * ln(lines)) / sum(lines)) / nullif(ln(count(*)), 0) AS product_evenness_lifetime,
FROM purchase_products
GROUP BY customer_id
