-- table:   customers
-- grain:   one row a customer known before the cutoff
-- source:  transactions
-- meaning: the category to offer next, from the customer's own habit and from what others bought next
SELECT
    customer_id,
    {% if has("customer", "next_category") %}
    --: Category to offer next: what the customer buys most, drawn to what others bought next
    next_category AS next_category,
    {% else %}
    --: Category to offer next: not known, transactions have no `category`
    CAST(NULL AS VARCHAR) AS next_category,
    {% endif %}
FROM customer
