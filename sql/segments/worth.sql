-- table:   customers
-- grain:   one row a customer known before the cutoff
-- meaning: what the customer is expected to bring; NULL for prospects and where the models could not be fitted
SELECT
    customer_id,
    --: Probability that the customer is still one (BG/NBD)
    alive_probability AS alive_probability,
    --: Purchase days to expect of the customer within the next {{ segments.worth.horizon }} days (BG/NBD)
    expected_orders AS expected_orders,
    --: Money to expect of the customer on a purchase day (Gamma-Gamma)
    expected_order_value AS expected_order_value,
    --: Money to expect of the customer within those days, discounted
    expected_value AS expected_value,
    --: Not in the core today, and in the smallest set of buyers who are expected to bring the core's share
    CASE WHEN is_core IS NOT NULL THEN NOT is_core AND coalesce(expected_value >= $core_expected_from, false) END
        AS is_potential_core,
FROM customer
