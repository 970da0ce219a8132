-- table:   drift
-- grain:   one row an index that cannot be; a sound table yields none
-- meaning: the index is no less than 0 and is there where both sides have rows; missing values are some of all
SELECT name
FROM drift
WHERE
    psi < -1e-12
    OR (psi IS NULL) <> (n = 0 OR n_reference = 0)
    OR (psi IS NULL) <> (psi_by_chance IS NULL)
    OR missing NOT BETWEEN 0 AND n
    OR missing_reference NOT BETWEEN 0 AND n_reference
    OR (kind = 'score') <> (family IS NULL)
