-- table:   ledger
-- grain:   one row a list of features whose figures contradict each other; a sound table yields none
-- meaning: a change lies within its interval, what is kept earned it, and rates lie within theirs
SELECT name
FROM ledger
WHERE
    step NOT IN ('start', 'add', 'remove', 'test')
    OR kind NOT IN ('family', 'window', 'slice')
    OR features < 1
    OR round < 0
    OR log_loss < 0
    OR (change IS NULL) <> (change_low IS NULL)
    OR (change IS NULL) <> (change_high IS NULL)
    OR change NOT BETWEEN change_low AND change_high
    OR (step = 'add' AND kind IS NOT NULL AND kept AND change_high >= 0)
    OR (step = 'remove' AND kept AND change > 0)
    OR error_rate NOT BETWEEN error_rate_low AND error_rate_high
    OR miss_rate NOT BETWEEN miss_rate_low AND miss_rate_high
    OR roc_auc NOT BETWEEN 0 AND 1
