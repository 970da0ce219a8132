-- table:   customers
-- grain:   one row a customer known before the cutoff
-- meaning: who deserves an account manager: the greatest buyers who are not lapsing
{% if has("customer", "revenue") %}
WITH named AS (
    SELECT
        customer_id,
        revenue_share,
        orders,
        abc,
        is_core,
        days_since_purchase,
        coalesce(
            days_since_purchase < {{ segments.lifecycle.lapsing }}
            AND (
                revenue > $key_account_from
                OR revenue = $key_account_from AND customer_id <= $key_account_last
            ), false
        ) AS is_candidate
    FROM customer
)

SELECT
    customer_id,
    --: One of the {{ segments.key_accounts.min }} to {{ segments.key_accounts.max }} candidates for a key account
    is_candidate AS is_key_account_candidate,
    --: Why: what the customer brings, and how lately
    CASE
        WHEN is_candidate
            THEN concat(
                CAST(round(100 * revenue_share, 2) AS VARCHAR), ' % of revenue in ', CAST(orders AS VARCHAR),
                ' orders, class ', abc, CASE WHEN is_core THEN ', core' ELSE '' END,
                ', bought ', CAST(days_since_purchase AS VARCHAR), ' days ago'
            )
    END AS key_account_reason,
FROM named
{% else %}
SELECT
    customer_id,
    --: Candidate for a key account: not known, there is no `amount`
    CAST(NULL AS BOOLEAN) AS is_key_account_candidate,
    --: Why: not known
    CAST(NULL AS VARCHAR) AS key_account_reason,
FROM customer
{% endif %}
