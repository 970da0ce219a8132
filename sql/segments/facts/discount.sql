-- table:   facts
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: what a customer was let off
SELECT
    customer_id,
    {% if has("transactions", "discount") and has("transactions", "amount") %}
    --: Money the customer was let off
    coalesce(CAST(sum(discount) AS DOUBLE), 0) AS discount_given,
    --: Money the customer would have paid at list prices
    coalesce(CAST(sum(amount) AS DOUBLE), 0) + coalesce(CAST(sum(discount) AS DOUBLE), 0) AS list_value,
    --: Share of the customer's lines that were bought below the list price
    avg(CASE WHEN discount > 0 THEN 1.0 ELSE 0.0 END) AS discounted_lines_share,
    {% endif %}
FROM purchases
GROUP BY customer_id
