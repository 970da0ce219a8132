-- table:   customers
-- grain:   one row a customer known before the cutoff
-- meaning: which prospect the customer is and what winning costs and brings; NULL for buyers
-- Quasi shows need (a visit or a reply within 90 days) or is named by the target; unexplored was never written to.
{% set role = roles.conversion %}
{% set named = role ~ "_predicted" if role else "false" %}
{% set probability = role ~ "_probability" if role else "CAST(NULL AS DOUBLE)" %}
SELECT
    customer_id,
    --: Quasi (fits and shows need), unexplored (never contacted) or refusing; NULL without events
    {% if has("customer", "mailings") %}
    CASE
        WHEN lifecycle <> 'prospect' THEN NULL
        WHEN interest_90d > 0 OR coalesce({{ named }}, false) THEN 'quasi'
        WHEN mailings = 0 THEN 'unexplored'
        ELSE 'refusing'
    END AS prospect_kind,
    {% else %}
    CAST(NULL AS VARCHAR) AS prospect_kind,
    {% endif %}
    {% set contact = segments.costs.contact %}
    --: Contacts that it takes to win one such prospect, times their cost; NULL without a probability or a cost
    {% if contact is not none %}
    CASE WHEN lifecycle = 'prospect' THEN {{ contact }} / nullif({{ probability }}, 0) END AS cost_of_winning,
    {% else %}
    CAST(NULL AS DOUBLE) AS cost_of_winning,
    {% endif %}
    --: Money to expect of a newly won customer, times the probability of winning this one
    CASE WHEN lifecycle = 'prospect' THEN {{ probability }} * $new_customer_value END AS prospect_value,
FROM customer
