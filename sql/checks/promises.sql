-- table:   promises
-- grain:   one row a model whose promise cannot be; a sound table yields none
-- meaning: rates are promised within their intervals, of some of the customers, by some validation cutoff
SELECT model
FROM promises
WHERE
    named < 0
    OR named > n
    OR threshold <= 0
    OR threshold >= 1
    OR validation_cutoffs < 1
    OR (named = 0) <> (error_rate IS NULL)
    OR base_rate_low < 0
    OR base_rate_high > 1
    OR base_rate NOT BETWEEN base_rate_low AND base_rate_high
    OR error_rate_low < 0
    OR error_rate_high > 1
    OR error_rate NOT BETWEEN error_rate_low AND error_rate_high
    OR miss_rate_low < 0
    OR miss_rate_high > 1
    OR miss_rate NOT BETWEEN miss_rate_low AND miss_rate_high
