-- table:   customers
-- grain:   one row a customer known before the cutoff
-- meaning: what to do about the customer, and what that is expected to bring
-- The value is probability x value - cost. A contact wins a customer who would otherwise not buy with the
-- probability `segments.contact_effect`; what it wins is an order's profit, or keeps is all profit to be expected.
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
        {{ segments.contact_effect }} AS effect,
        {{ segments.margin }} * expected_order_value - {{ service }} AS order_profit,
        {{ segments.margin }} * $new_customer_value - {{ service }} AS new_customer_profit
    FROM meant
),

priced AS (
    SELECT
        customer_id,
        meant,
        expected_profit,
        CASE meant
            WHEN 'convert' THEN {{ converts }} * new_customer_profit
            WHEN 'keep' THEN effect * coalesce({{ churn }}, 1 - alive_probability) * expected_profit
            WHEN 'grow' THEN effect * alive_probability * order_profit
            ELSE effect * (1 - coalesce({{ comes_back }}, alive_probability * least(expected_orders, 1))) * order_profit
        END - {{ segments.costs.contact }} AS contact_value
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
    --: What contacting the customer is expected to bring; of let_go what not doing so saves
    CASE WHEN action = 'let_go' THEN greatest(-contact_value, 0) ELSE contact_value END AS action_value,
FROM decided
