-- table:   customers
-- grain:   one row a customer known before the cutoff
-- meaning: what is left of the money once goods, winning and serving the customer are paid; NULL without a margin
{% set costs = segments.costs %}
{% set service = costs.service if costs.service is not none else 0 %}
{% set acquisition = costs.acquisition if costs.acquisition is not none else 0 %}
SELECT
    customer_id,
    {% if segments.margin is not none and has("customer", "revenue") %}
    --: {{ segments.margin }} of the revenue, less {{ acquisition }} for winning a buyer and {{ service }} an order
    {{ segments.margin }} * revenue
        - CASE WHEN purchase_days > 0 THEN {{ acquisition }} ELSE 0 END
        - {{ service }} * orders AS profit,
    --: The same of the orders to come: margin on the expected value, less service of the expected orders
    {{ segments.margin }} * expected_value - {{ service }} * expected_orders AS expected_profit,
    {% else %}
    --: Margin on the revenue less acquisition and service: not known without `segments.margin`
    CAST(NULL AS DOUBLE) AS profit,
    --: The same of the orders to come: not known without `segments.margin`
    CAST(NULL AS DOUBLE) AS expected_profit,
    {% endif %}
FROM customer
