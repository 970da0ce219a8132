-- table:   category_steps_likeliest
-- grain:   one row a category
-- source:  transactions
-- meaning: the category that is likeliest to follow an order mainly of category `after`
SELECT
    after,
    first_value(category ORDER BY share DESC, category) AS category
FROM category_steps
GROUP BY after
ORDER BY after
