-- table:   facts
-- grain:   one row a customer with a purchase line
-- source:  transactions
-- meaning: how much of the shop a customer buys from
{% set product = "category" if has("transactions", "category")
    else "product_id" if has("transactions", "product_id") else none %}
{% if product %}
WITH bought AS (
    SELECT
        customer_id,
        {{ product }}
    FROM purchases
    WHERE {{ product }} IS NOT NULL
    GROUP BY customer_id, {{ product }}
)

{% endif %}
SELECT
    customer_id,
    {% if product == "category" %}
    --: Different categories the customer bought from
    count(*) AS categories_bought,
    {% elif product %}
    --: Different products the customer bought
    count(*) AS products_bought,
    {% endif %}
FROM {{ "bought" if product else "purchases" }}
GROUP BY customer_id
