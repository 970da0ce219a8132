-- table:   customers
-- grain:   one row a customer who brought somebody
-- meaning: what those are worth whom the customer brought; NULL where events do not say who was brought
{% if has("events", "related_id") and has("facts", "revenue") %}
WITH brought AS (
    SELECT DISTINCT
        customer_id,
        related_id
    FROM touches
    WHERE is_referral AND related_id IS NOT NULL AND related_id <> customer_id
)

SELECT
    brought.customer_id,
    --: People the customer brought
    count(*) AS referred_customers,
    --: Revenue of the people the customer brought
    coalesce(CAST(sum(CAST(facts.revenue AS DECIMAL(28, 6))) AS DOUBLE), 0) AS referral_value,
FROM brought
LEFT JOIN facts ON facts.customer_id = brought.related_id
GROUP BY brought.customer_id
{% else %}
SELECT
    customer_id,
    --: People the customer brought: not known, events have no `related_id`
    CAST(NULL AS BIGINT) AS referred_customers,
    --: Revenue of the people the customer brought: not known
    CAST(NULL AS DOUBLE) AS referral_value,
FROM customer
{% endif %}
