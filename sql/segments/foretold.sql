-- table:   customers
-- grain:   one row a customer known before the cutoff
-- meaning: what the targets say of the customer; NULL where a target does not speak of the customer or has no scores
SELECT
    customer_id,
    {% for target in targets %}
    --: Probability that `{{ target }}` happens
    {{ target }}_probability AS {{ target }}_probability,
    --: The customer is named for `{{ target }}`
    {{ target }}_predicted AS {{ target }}_predicted,
    {% endfor %}
FROM customer
