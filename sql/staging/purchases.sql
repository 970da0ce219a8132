-- table:   purchases
-- grain:   one row a purchase line: a row of transactions that is not a return
-- meaning: what customers bought, with the local hour, weekday and month of each line
SELECT
    *,
    date_part('hour', occurred_at AT TIME ZONE '{{ timezone }}') AS local_hour,
    date_part('isodow', occurred_on) AS weekday,
    date_part('month', occurred_on) AS month
FROM transactions
{% if has("transactions", "is_return") %}
WHERE is_return IS NOT TRUE
{% endif %}
