-- table:   outcome
-- grain:   one row a customer with a counting row in the horizon
-- meaning: whether what the target asks for happened to the customer
SELECT
    customer_id,
    CAST(coalesce({{ having }}, false) AS BIGINT) AS label
FROM {{ from }}
WHERE {{ where }}
GROUP BY customer_id
