-- table:   calibration
-- grain:   one row a bin that cannot be; a sound table yields none
-- meaning: bins rise with their probability and rates are rates
SELECT later.model
FROM calibration AS earlier
INNER JOIN calibration AS later
    ON later.cutoff = earlier.cutoff AND later.model = earlier.model AND later.bin = earlier.bin + 1
WHERE
    later.mean_probability <= earlier.mean_probability
    OR later.observed_rate NOT BETWEEN 0 AND 1
    OR later.n < 1
    OR later.observed_rate NOT BETWEEN later.observed_rate_low AND later.observed_rate_high
