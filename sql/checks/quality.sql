-- table:   quality
-- grain:   one row a model whose figures do not add up; a sound table yields none
-- meaning: counts add up, figures follow, lie within their intervals and keep promises or not, one is champion
SELECT model
FROM quality
WHERE
    tp + fp + fn + tn <> n
    OR tp + fn <> positives
    OR (tp + fp = 0) <> (error_rate IS NULL)
    OR (tp + fn = 0) <> (miss_rate IS NULL)
    OR abs(error_rate - CAST(fp AS DOUBLE) / nullif(tp + fp, 0)) > 1e-12
    OR abs(miss_rate - CAST(fn AS DOUBLE) / nullif(tp + fn, 0)) > 1e-12
    OR abs(error_rate + precision - 1) > 1e-12
    OR abs(miss_rate + recall - 1) > 1e-12
    OR error_rate NOT BETWEEN error_rate_low AND error_rate_high
    OR miss_rate NOT BETWEEN miss_rate_low AND miss_rate_high
    OR threshold <= 0
    OR threshold >= 1
    OR roc_auc NOT BETWEEN roc_auc_low AND roc_auc_high
    OR average_precision NOT BETWEEN average_precision_low AND average_precision_high
    OR ece NOT BETWEEN 0 AND 1
    OR promised_error_rate NOT BETWEEN promised_error_rate_low AND promised_error_rate_high
    OR promised_miss_rate NOT BETWEEN promised_miss_rate_low AND promised_miss_rate_high
    OR promise_kept <> (
        error_rate BETWEEN promised_error_rate_low AND promised_error_rate_high
        AND miss_rate BETWEEN promised_miss_rate_low AND promised_miss_rate_high
    )
UNION ALL
-- One model is the champion of each split of a cutoff, and nothing else was published
SELECT max(model)
FROM quality
GROUP BY cutoff, split
HAVING
    sum(CASE WHEN chosen THEN 1 ELSE 0 END) <> 1
    OR split = 'realised' AND count(*) <> 1
