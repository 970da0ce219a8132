-- table:   influence
-- grain:   one row a model whose shares are none; a sound table yields none
-- meaning: shares sum to 1 and lie within their intervals
SELECT model
FROM influence
GROUP BY cutoff, model
HAVING
    abs(sum(share) - 1) > 1e-9
    OR min(share) < 0
    OR min(share - share_low) < -1e-9
    OR min(share_high - share) < -1e-9
    OR count(DISTINCT rank) <> count(*)
    OR max(CASE WHEN rank = 1 AND "group" <> feature THEN 1 ELSE 0 END) = 1
