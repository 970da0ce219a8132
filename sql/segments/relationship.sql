-- table:   customers
-- grain:   one row a customer known before the cutoff
-- meaning: whether the customer buys on price or has a relationship with the shop; NULL for prospects
-- Relational is who does not buy on price and shows enough of three signs: rhythm, breadth, contact.
{% set rules = segments.relationship %}
{% set breadth = "categories_bought >= 2" if has("customer", "categories_bought")
    else "products_bought >= 5" if has("customer", "products_bought") else "false" %}
WITH signs AS (
    SELECT
        customer_id,
        purchase_days,
        {% if has("customer", "discounted_lines_share") %}
        discounted_lines_share,
        discount_given / nullif(list_value, 0) / nullif($shop_discount_share, 0) AS price_sensitivity,
        coalesce(discounted_lines_share >= {{ rules.discounted }}, false) AS buys_on_price,
        {% else %}
        CAST(NULL AS DOUBLE) AS discounted_lines_share,
        CAST(NULL AS DOUBLE) AS price_sensitivity,
        false AS buys_on_price,
        {% endif %}
        coalesce(purchase_gap_stddev <= purchase_gap_mean, false) AS has_rhythm,
        coalesce({{ breadth }}, false) AS has_breadth,
        {% if has("customer", "own_contacts_365d") %}
        own_contacts_365d > 0 AS is_in_touch,
        {% else %}
        false AS is_in_touch,
        {% endif %}
        {% if has("customer", "revenue") %}
        abc,
        revenue_180d < (1 - {{ rules.losing }}) * revenue_180d_before AS is_losing
        {% else %}
        CAST(NULL AS VARCHAR) AS abc,
        false AS is_losing
        {% endif %}
    FROM customer
),

judged AS (
    SELECT
        *,
        CASE
            WHEN purchase_days = 0 THEN NULL
            WHEN buys_on_price THEN 'transactional'
            WHEN
                CASE WHEN has_rhythm THEN 1 ELSE 0 END
                + CASE WHEN has_breadth THEN 1 ELSE 0 END
                + CASE WHEN is_in_touch THEN 1 ELSE 0 END >= {{ rules.signs }}
                THEN 'relational'
            ELSE 'transactional'
        END AS relationship
    FROM signs
)

SELECT
    customer_id,
    --: Transactional (buys on price, or shows too few signs of more) or relational
    relationship AS relationship,
    --: Of relational customers: most_profitable (class a), promising, or losing_value (class a or b, and falling)
    CASE
        WHEN relationship = 'relational' AND abc IS NOT NULL
            THEN CASE
                WHEN abc IN ('a', 'b') AND is_losing THEN 'losing_value'
                WHEN abc = 'a' THEN 'most_profitable'
                ELSE 'promising'
            END
    END AS relationship_kind,
    --: Share of the customer's lines bought below the list price; NULL where list prices are not known
    discounted_lines_share AS discounted_lines_share,
    --: Discount the customer got as a multiple of the shop's usual one
    price_sensitivity AS price_sensitivity,
    --: Buys at intervals that differ less than they last
    CASE WHEN purchase_days > 0 THEN has_rhythm END AS has_rhythm,
    --: Buys from several categories; five products where there are no categories
    CASE WHEN purchase_days > 0 THEN has_breadth END AS has_breadth,
FROM judged
