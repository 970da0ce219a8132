-- table:   customers
-- grain:   one row a customer known before the cutoff
-- meaning: what to do about the customer, and what that is expected to bring
-- The value is probability x value - cost, of one contact and the one order it may win: with the probability
-- `segments.contact_effect` it wins a customer who would otherwise not buy. Whoever buys anyway does so without it, and
-- prospects who were written to and refused are not won.
{% set known = segments.margin is not none and segments.costs.contact is not none
    and segments.contact_effect is not none and has("customer", "revenue") %}
{% set service = segments.costs.service if segments.costs.service is not none else 0 %}
{% set churn = roles.churn ~ "_probability" if roles.churn else "CAST(NULL AS DOUBLE)" %}
{% set comes_back = roles.reactivation ~ "_probability" if roles.reactivation else "CAST(NULL AS DOUBLE)" %}
{% set converts = roles.conversion ~ "_probability" if roles.conversion else "CAST(NULL AS DOUBLE)" %}
WITH meant AS (
    SELECT
        *,
        CASE
            WHEN lifecycle = 'prospect' THEN 'convert'
            WHEN lifecycle = 'lost' OR dormancy = 'deep_sleep' THEN 'win_back'
            WHEN lifecycle = 'lapsing' OR dormancy <> 'awake' THEN 'wake'
            WHEN is_core OR abc IS NULL THEN 'keep'
            WHEN is_potential_core OR lifecycle IN ('new', 'returned') OR relationship_kind = 'promising' THEN 'grow'
            ELSE 'keep'
        END AS meant
    FROM customer
),

{% if known %}
valued AS (
    SELECT
        *,
        CASE WHEN prospect_kind = 'refusing' THEN 0 ELSE {{ segments.contact_effect }} END AS effect,
        {{ segments.margin }} * CASE meant WHEN 'convert' THEN $first_spend ELSE expected_order_value END
            - {{ service }} AS order_profit,
        CASE meant
            WHEN 'convert' THEN {{ converts }}
            ELSE coalesce({{ comes_back }}, 1 - {{ churn }}, least(expected_orders, 1))
        END AS buys_anyway
    FROM meant
),

priced AS (
    SELECT
        customer_id,
        meant,
        expected_profit,
        effect * (1 - buys_anyway) * order_profit - {{ segments.costs.contact }} AS contact_value
    FROM valued
),
{% else %}
priced AS (
    SELECT
        customer_id,
        meant,
        CAST(NULL AS DOUBLE) AS expected_profit,
        CAST(NULL AS DOUBLE) AS contact_value
    FROM meant
),
{% endif %}

decided AS (
    SELECT
        *,
        CASE
            WHEN meant IN ('convert', 'wake', 'win_back') AND contact_value <= 0 THEN 'let_go'
            WHEN meant IN ('keep', 'grow') AND expected_profit <= 0 THEN 'let_go'
            ELSE meant
        END AS action
    FROM priced
)

SELECT
    customer_id,
    --: What to do: keep, grow, wake, win_back, convert or let_go (a contact costs more than it brings)
    action AS action,
    --: What a contact is expected to bring, its cost taken off; 0 if none is worth it; of let_go what that saves
    CASE
        WHEN action = 'let_go' THEN greatest(-contact_value, 0)
        WHEN contact_value < 0 THEN 0
        ELSE contact_value
    END AS action_value,
FROM decided
