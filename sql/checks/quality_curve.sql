-- table:   quality_curve
-- grain:   one row a point that lies off the curve; a sound table yields none
-- meaning: a higher threshold names fewer and misses more
SELECT later.model
FROM quality_curve AS earlier
INNER JOIN quality_curve AS later
    ON
        later.cutoff = earlier.cutoff
        AND later.model = earlier.model
        AND later.threshold > earlier.threshold
WHERE later.tp > earlier.tp OR later.fp > earlier.fp OR later.miss_rate < earlier.miss_rate
