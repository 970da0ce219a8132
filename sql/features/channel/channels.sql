-- family:  channel
-- grain:   one row a customer with a purchase line, where channels are known
-- source:  transactions
-- meaning: through how many channels a customer buys
{% if has("transactions", "channel") %}
WITH channels AS (
    SELECT
        customer_id,
        channel,
        min(days_ago) AS days_ago,
        max(days_ago) AS first_days_ago,
        CAST(count(*) AS DOUBLE) AS lines
    FROM purchases
    WHERE channel IS NOT NULL
    GROUP BY customer_id, channel
)

{% endif %}
SELECT
    customer_id,
    {% if has("transactions", "channel") %}
    {% for w in windows if not w.days or w.days >= 90 %}
    --: Different channels the customer bought through {{ w.words }}
    count(*) {{ w.filter }} AS channels_{{ w }},
    {% endfor %}
    --: Days since the customer last bought through a channel for the first time
    min(first_days_ago) AS days_since_new_channel,
    --: Share of all lines bought through the customer's favourite channel
    max(lines) / sum(lines) AS channel_top_share_lifetime,
    --: How evenly the lines spread over channels (entropy, 0 = always the same)
    ln(sum(lines)) - sum(lines * ln(lines)) / sum(lines) AS channel_entropy_lifetime,
    {% endif %}
FROM {{ "channels" if has("transactions", "channel") else "purchases" }}
GROUP BY customer_id
