-- family:  channel
-- grain:   one row a customer with an order, where channels are known
-- source:  transactions
-- meaning: whether a customer keeps to a channel from order to order
SELECT
    customer_id,
    {% if has("transactions", "channel") %}
    --: Share of the orders that came through another channel than the one before
    avg(CASE WHEN channel <> channel_before THEN 1.0 WHEN channel = channel_before THEN 0.0 END)
        AS channel_switch_share_lifetime,
    --: The last order came through another channel than the one before
    coalesce(bool_or(channel <> channel_before) FILTER (WHERE nth_last = 1), false) AS channel_switched_last,
    {% endif %}
FROM {{ "order_steps" if has("transactions", "channel") else "purchases" }}
GROUP BY customer_id
