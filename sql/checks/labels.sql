-- table:   labels
-- grain:   one row a label that is none; a sound table yields none
-- meaning: each customer has one label, and it is 0 or 1
SELECT customer_id
FROM labels
GROUP BY customer_id
HAVING count(*) > 1 OR min(label) < 0 OR max(label) > 1 OR count(label) = 0
