-- table:   customers
-- grain:   one row a customer known before the cutoff
-- meaning: how fast the customer is asleep; NULL for prospects
{% set tiers = segments.dormancy %}
SELECT
    customer_id,
    --: Whole days since the customer last bought
    days_since_purchase AS days_since_purchase,
    --: Awake, drowsy, half_asleep or deep_sleep, by {{ "own rhythm" if tiers.by == "rhythm" else "fixed days" }}
    CASE
        WHEN days_since_purchase IS NULL THEN NULL
        {% for tier in ["deep_sleep", "half_asleep", "drowsy"] %}
        {% if tiers.by == "rhythm" %}
        WHEN purchase_days >= 3 AND days_since_purchase >= {{ tiers.rhythm[tier] }} * purchase_gap_mean
            THEN '{{ tier }}'
        WHEN purchase_days < 3 AND days_since_purchase >= {{ tiers[tier] }} THEN '{{ tier }}'
        {% else %}
        WHEN days_since_purchase >= {{ tiers[tier] }} THEN '{{ tier }}'
        {% endif %}
        {% endfor %}
        ELSE 'awake'
    END AS dormancy,
FROM customer
