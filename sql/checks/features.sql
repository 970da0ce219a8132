-- table:   features
-- grain:   one row a customer whose features contradict each other; a sound table yields none
-- meaning: shorter windows hold no more than longer ones, and counts fit one another
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
