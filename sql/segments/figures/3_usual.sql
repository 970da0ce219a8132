-- table:   figures
-- grain:   one row: the whole shop
-- meaning: what is usual in the shop: its discount, and what a newly won customer spends at first
SELECT
    {% if has("facts", "discount_given") %}
    CAST(sum(CAST(discount_given AS DECIMAL(28, 6))) AS DOUBLE)
        / nullif(CAST(sum(CAST(list_value AS DECIMAL(28, 6))) AS DOUBLE), 0) AS shop_discount_share,
    {% else %}
    CAST(NULL AS DOUBLE) AS shop_discount_share,
    {% endif %}
    {% if has("facts", "first_day_spend") %}
    CAST(avg(CAST(first_day_spend AS DECIMAL(28, 6))) FILTER (WHERE days_since_first_purchase <= 365) AS DOUBLE)
        AS first_spend,
    {% else %}
    CAST(NULL AS DOUBLE) AS first_spend,
    {% endif %}
FROM facts
