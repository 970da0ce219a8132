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
    {% for w in windows if w.days %}
    --: Products the customer bought for the first time {{ w.words }}
    count(*) FILTER (WHERE first_days_ago <= {{ w.days }}) AS products_new_{{ w }},
    {% endfor %}
    --: Share of the products that the customer bought more than once
    CAST(count(*) FILTER (WHERE lines > 1) AS DOUBLE) / count(*) AS products_repeat_share_lifetime,
    --: Share of the lines that are of the customer's most bought product
    CAST(max(lines) AS DOUBLE) / sum(lines) AS product_top_share_lifetime,
    --: How evenly the customer's lines spread over products (entropy, 0 = always the same)
    ln(sum(lines)) - sum(lines * ln(lines)) / sum(lines) AS product_entropy_lifetime,
FROM purchase_products
GROUP BY customer_id
