-- family:  discount
-- grain:   one row a customer with an order, where discounts are known
-- source:  transactions
-- meaning: whether the last orders needed a discount
SELECT
    customer_id,
    {% if has("transactions", "discount") %}
    --: Share of the last order's price that the customer was let off
    max(discount / nullif(amount + discount, 0)) FILTER (WHERE nth_last = 1) AS discount_share_last,
    --: Share of the last order's price that was let off, less that of all orders
    max(discount / nullif(amount + discount, 0)) FILTER (WHERE nth_last = 1)
        - sum(discount) / nullif(sum(amount) + sum(discount), 0) AS discount_share_last_change,
    --: Share of the orders with anything discounted
    avg(CASE WHEN discount > 0 THEN 1.0 ELSE 0.0 END) AS orders_discounted_share_lifetime,
    --: Orders since the last one without any discount
    coalesce(min(nth_last) FILTER (WHERE discount <= 0) - 1, count(*)) AS orders_discounted_streak,
    {% endif %}
FROM {{ "order_steps" if has("transactions", "discount") else "purchases" }}
GROUP BY customer_id
