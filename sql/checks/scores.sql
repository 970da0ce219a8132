-- table:   scores
-- grain:   one row a customer whose statements contradict each other; a sound table yields none
-- meaning: probability, percentile, band and prediction say the same, each in its own way
SELECT customer_id
FROM scores
WHERE
    probability <= 0
    OR probability >= 1
    OR percentile < 1
    OR percentile > 100
    OR (predicted AND probability < threshold)
    -- At the threshold itself a wish for so many customers leaves some out.
    OR (NOT predicted AND probability > threshold)
    OR band <> CASE
        WHEN probability < 0.2 THEN 'very_low'
        WHEN probability < 0.4 THEN 'low'
        WHEN probability < 0.6 THEN 'medium'
        WHEN probability < 0.8 THEN 'high'
        ELSE 'very_high'
    END
    OR (raises_1 IS NULL AND raises_2 IS NOT NULL)
    OR (raises_2 IS NULL AND raises_3 IS NOT NULL)
    OR (lowers_1 IS NULL AND lowers_2 IS NOT NULL)
    OR (lowers_2 IS NULL AND lowers_3 IS NOT NULL)
    OR (effect_1 > 0 AND raises_1 IS NULL)
    OR (effect_1 < 0 AND lowers_1 IS NULL)
    OR abs(effect_1) < abs(effect_2)
    OR abs(effect_2) < abs(effect_3)
