-- table:   customers
-- grain:   one row a customer known before the cutoff
-- meaning: the customer's market segment by behaviour
SELECT
    customer_id,
    --: Class and dormancy of a buyer, such as a_awake; prospect and its kind of the others
    CASE
        WHEN lifecycle = 'prospect' THEN concat('prospect', coalesce(concat('_', prospect_kind), ''))
        ELSE concat(coalesce(concat(abc, '_'), 'buyer_'), dormancy)
    END AS segment,
FROM customer
