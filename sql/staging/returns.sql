-- table:   returns
-- grain:   one row a returned line
-- meaning: what customers sent back
SELECT *
FROM transactions
{% if has("transactions", "is_return") %}
WHERE is_return IS TRUE
{% else %}
WHERE false
{% endif %}
