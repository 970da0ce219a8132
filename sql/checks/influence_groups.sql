-- table:   influence_groups
-- grain:   one row a model and kind whose shares are none; a sound table yields none
-- meaning: the shares of a kind sum to 1, lie within their intervals and are ranked by size
SELECT model, kind
FROM influence_groups
GROUP BY cutoff, model, kind
HAVING
    abs(sum(share) - 1) > 1e-9
    OR min(share) < 0
    OR min(share - share_low) < -1e-9
    OR min(share_high - share) < -1e-9
    OR min(share_low) < 0
    OR max(share_high) > 1
    OR count(DISTINCT rank) <> count(*)
    OR count(DISTINCT name) <> count(*)
    OR min(features) < 1
