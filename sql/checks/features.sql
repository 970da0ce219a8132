-- table:   features
-- grain:   one row a customer whose features contradict each other; a sound table yields none
-- meaning: shorter windows hold no more than longer ones, counts fit one another, and shares are shares
SELECT customer_id
FROM features
WHERE
    lines_30d > lines_90d
    OR lines_90d > lines_lifetime
    OR orders_90d > lines_90d
    OR active_days_90d > orders_90d
    OR products_90d > lines_90d
    OR return_amount_lifetime > 0
    OR (lines_lifetime = 0) <> (days_since_last_order IS NULL)
    OR days_since_last_order > days_since_first_order
    OR days_since_last_order < 1
    OR amount_min_90d > amount_max_90d
    OR (gap_days_mean IS NULL) <> (active_days_lifetime < 2)
    OR (gap_days_stddev IS NULL) <> (active_days_lifetime < 3)
    OR abs(amount_avg_90d * lines_90d - amount_sum_90d) > 1e-6 * (1 + abs(amount_sum_90d))
    OR days_since_second_last_order <= days_since_last_order
    OR gap_days_last > gap_days_max
    OR gap_burstiness NOT BETWEEN -1 AND 1
    OR gap_memory NOT BETWEEN -1.000000001 AND 1.000000001
    OR active_span_share NOT BETWEEN 0 AND 1
    OR months_active_180d > active_days_180d
    OR least(months_streak, 6) > months_active_180d
    OR orders_faded_90d > orders_lifetime + 1e-9
    OR orders_faded_30d > orders_faded_90d + 1e-9
    OR order_amount_last > order_amount_max_lifetime
    OR (order_amount_last IS NULL) <> (orders_lifetime = 0)
    OR products_new_90d > products_90d
    OR product_evenness_lifetime NOT BETWEEN -0.000000001 AND 1.000000001
    OR products_due > products_lifetime
    OR abs(amount_net_sum_90d - amount_sum_90d - return_amount_90d) > 1e-6 * (1 + abs(amount_sum_90d))
