-- table:   feature_screen
-- grain:   one row a feature whose findings contradict each other; a sound table yields none
-- meaning: whatever is dropped is dropped for a reason, and each reason has its evidence
SELECT feature
FROM feature_screen
WHERE
    (NOT kept AND reason IS NULL)
    OR (reason IS NULL) <> (evidence IS NULL)
    OR roc_auc NOT BETWEEN 0 AND 1
    OR reason NOT IN (
        'all_missing', 'constant', 'copy', 'near_copy', 'identifier', 'row_order', 'one_class_only', 'filled_later',
        'separates_alone', 'payers_only'
    )
